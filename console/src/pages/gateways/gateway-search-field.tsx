import type { GatewaySummary } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';

/** Fewer are seen at a glance. */
const SEARCHED_FROM = 8;

type Props = Readonly<{ gateways: number; value: string; onChange: (words: string) => void }>;

/** A long list is searched, not scrolled; a short one has no field for it. */
export function GatewaySearchField({ gateways, value, onChange }: Props) {
  const { t } = useTranslation();
  if (gateways <= SEARCHED_FROM) return null;
  return (
    <Field label={t('common.search')}>
      <input type="search" value={value} onChange={({ target }) => onChange(target.value)} />
    </Field>
  );
}

/** Those whose code or name has the words in it. */
export function gatewaysLike(rows: readonly GatewaySummary[], words: string): readonly GatewaySummary[] {
  const wanted = words.trim().toLowerCase();
  return rows.filter(({ gateway: { code, name } }) => `${code} ${name}`.toLowerCase().includes(wanted));
}
