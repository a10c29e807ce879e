import { useTranslation } from 'react-i18next';

/** The value of a setting in words; most of them, as names of standards, are words already. */
export function useSettingText(): (name: string, value: unknown) => string {
  const { t, i18n } = useTranslation();
  return (name, value) => {
    const key = `setting-value.${name}.${String(value)}`;
    return i18n.exists(key) ? t(key) : String(value);
  };
}
