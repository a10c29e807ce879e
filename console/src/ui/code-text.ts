import { useTranslation } from 'react-i18next';

/** Text for a code that the server may extend: the catalogue's words, else the code itself, readable. */
export function useCodeText(): (group: string, code: string, values?: Record<string, unknown>) => string {
  const { t, i18n } = useTranslation();
  return (group, code, values) => {
    const key = `${group}.${code}`;
    return i18n.exists(key) ? t(key, { ...values }) : code.replaceAll('-', ' ');
  };
}
