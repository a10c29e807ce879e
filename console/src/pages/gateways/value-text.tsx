import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { number } from '../../ui/format.ts';
import { withUnit } from '../../ui/unit-text.ts';
import type { LiveValue } from './live-values.ts';

type Props = Readonly<{ live: LiveValue | undefined; unit?: string | undefined }>;

/** A raw value as it is now, or why there is none. */
export function ValueText({ live, unit }: Props) {
  const { t } = useTranslation();
  const say = useSaid();
  if (!live) return <span className="live-value soft">…</span>;
  if (live.quality !== 'good') {
    return (
      <span className="live-value late">{live.error ? say(live.error) : t(`quality.${live.quality}`)}</span>
    );
  }
  const shown = typeof live.value === 'number' ? number(live.value, 3) : String(live.value);
  return <output className="live-value">{withUnit(shown, unit)}</output>;
}
