import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/request.ts';

/** A refusal in the reader's language; what the catalogue does not know is told in the server's own words. */
export function useProblemText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiProblem)) return t('refusal.unknown');
    const key = `refusal.${error.code}`;
    if (!i18n.exists(key)) return error.problem.detail || error.problem.title || t('refusal.unknown');
    return t(key, { ...error.problem.values });
  };
}
