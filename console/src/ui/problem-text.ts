import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/request.ts';
import { instant } from './format.ts';

/** A refusal in the reader's language; what the catalogue does not know is told in the server's own words. */
export function useProblemText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiProblem)) return t('refusal.unknown');
    const key = `refusal.${error.code}`;
    if (!i18n.exists(key)) return error.problem.detail || error.problem.title || t('refusal.unknown');
    return t(key, valuesOf(error));
  };
}

/** A value named after an instant (`earliestAt`) is one. */
function valuesOf({ problem }: ApiProblem): Record<string, string | number> {
  const entries = Object.entries(problem.values ?? {}).map(([name, value]) => [
    name,
    name.endsWith('At') && typeof value === 'number' ? instant(value) : value,
  ]);
  return Object.fromEntries(entries);
}
