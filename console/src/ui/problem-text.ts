import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/request.ts';
import { usePlanned } from '../i18n/said.tsx';
import { instant } from './format.ts';

/** A refusal in the reader's language; what the catalogue does not know is told in the server's own words. */
export function useProblemText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  const say = usePlanned();
  const saidTogether = (sentences: string) => sentences.split('; ').map(say).join(t('failure.and'));
  return (error) => {
    if (!(error instanceof ApiProblem)) return t('refusal.unknown');
    const key = `refusal.${error.code}`;
    if (!i18n.exists(key)) return error.problem.detail || error.problem.title || t('refusal.unknown');
    return t(key, valuesOf(error, saidTogether));
  };
}

/** What the planning engine found, one sentence behind the other. */
const FOUND: readonly string[] = ['problems', 'why'];

/** A value named after an instant (`earliestAt`) is one. */
function valuesOf(
  { problem }: ApiProblem,
  saidTogether: (sentences: string) => string,
): Record<string, string | number> {
  const entries = Object.entries(problem.values ?? {}).map(([name, value]) => {
    if (name.endsWith('At') && typeof value === 'number') return [name, instant(value)];
    return [name, FOUND.includes(name) && typeof value === 'string' ? saidTogether(value) : value];
  });
  return Object.fromEntries(entries);
}
