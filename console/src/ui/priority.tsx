import { useTranslation } from 'react-i18next';

/** P0 is the most urgent: letter and digit first, colour second. */
export function Priority({ value }: { readonly value: number }) {
  const { t } = useTranslation();
  return (
    <span className={`priority priority-${value}`} title={t(`priority.p${value}`)}>
      P{value}
    </span>
  );
}
