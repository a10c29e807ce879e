import { iconClock } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { browserZone, instant, number } from '../ui/format.ts';
import { maskOf } from '../ui/icon-mask.ts';
import { useDomainClock, useDomainNow } from './domain-clock.ts';

/** The network's time. When it runs faster than the wall, it says so: nobody may take a demonstration for the day. */
export function ClockFace() {
  const { t } = useTranslation();
  const { data } = useDomainClock();
  const now = useDomainNow();
  if (!data) return null;
  const fast = data.speed !== 1;
  return (
    <span
      className={fast ? 'clock clock-fast' : 'clock'}
      title={t('frame.clock-zone', { zone: browserZone() })}
    >
      <span className="pill-icon" style={maskOf(iconClock)} aria-hidden="true" />
      <time dateTime={new Date(now).toISOString()}>{instant(now, 'moment')}</time>
      {fast ? <strong>×{number(data.speed, 1)}</strong> : null}
    </span>
  );
}
