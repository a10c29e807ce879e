import type { CapacityBucket, WorkCenterCapacity } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { calendarDay, duration, hours, number, percent } from '../../ui/format.ts';

const PARTS = ['used', 'committed', 'available', 'unattainable'] as const;

/** Each work center as a strip of days: how full, in words and as a stack of the four kinds of time. */
export function CapacityCalendar({ workCenters }: { readonly workCenters: readonly WorkCenterCapacity[] }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      {workCenters.map((center) => (
        <article key={center.workCenterId} className="calendar">
          <header className="row">
            <strong>{center.workCenterName}</strong>
            <span className="soft">
              {t(`capacity-source.${center.source}`)} ·{' '}
              {t('capacity.confidence', { share: percent(center.confidence) })}
              {center.ageMs === null ? '' : ` · ${t('machines.ago', { time: duration(center.ageMs) })}`}
            </span>
          </header>
          <p className="soft">{t('capacity.days-note')}</p>
          <ol className="calendar-days">
            {center.buckets.map((bucket) => (
              <DayCell key={bucket.from} bucket={bucket} />
            ))}
          </ol>
          {center.rates.length > 0 ? (
            <details>
              <summary>{t('capacity.rates', { rates: number(center.rates.length) })}</summary>
              <ul className="rates">
                {center.rates.map((rate) => (
                  <li key={rate.itemId}>
                    <strong>{rate.itemCode}</strong>{' '}
                    {t('capacity.rate', {
                      used: number(rate.usedPerHour),
                      declared: number(rate.declaredPerHour),
                      measured: rate.measuredPerHour === null ? '—' : number(rate.measuredPerHour),
                    })}
                  </li>
                ))}
              </ul>
            </details>
          ) : null}
        </article>
      ))}
      <ul className="map-legend">
        {PARTS.map((part) => (
          <li key={part}>
            <span
              className="site-shape"
              style={{ background: `var(--console-${part})` }}
              aria-hidden="true"
            />
            {t(`capacity.${part}`)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function DayCell({ bucket }: { readonly bucket: CapacityBucket }) {
  const { t } = useTranslation();
  const total = Math.max(1, bucket.totalMin);
  const words = PARTS.map((part) => `${t(`capacity.${part}`)} ${hours(bucket[`${part}Min`] / 60)}`).join(
    ', ',
  );
  return (
    <li className="calendar-day" aria-label={`${calendarDay(bucket.day)}: ${words}`} title={words}>
      <span>
        {calendarDay(bucket.day, 'weekday-only')}
        <br />
        {calendarDay(bucket.day, 'short-day')}
      </span>
      <span className="calendar-stack" aria-hidden="true">
        {bucket.totalMin === 0
          ? null
          : PARTS.map((part) => (
              <span
                key={part}
                style={{
                  height: `${(100 * bucket[`${part}Min`]) / total}%`,
                  background: `var(--console-${part})`,
                }}
              />
            ))}
      </span>
      <strong>{bucket.totalMin === 0 ? t('capacity.closed') : number(bucket.availableMin / 60)}</strong>
    </li>
  );
}
