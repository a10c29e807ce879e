import type { ScheduleFigures as Figures } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { duration, instant, number } from '../../ui/format.ts';

type Props = Readonly<{ today: Figures; proposed: Figures | null; lowerBound: number | null }>;

/** The four numbers a planner compares, before and after. Lower is better in all of them. */
export function ScheduleFigures({ today, proposed, lowerBound }: Props) {
  const { t } = useTranslation();
  const points = (value: number): string =>
    t('schedule.points', { points: number(value, value < 10 ? 1 : 0) });
  const time = (at: number | null): string => (at === null ? '—' : instant(at));
  return (
    <dl className="schedule-figures">
      <Figure
        label={t('schedule.late-orders')}
        before={today.lateOrders}
        after={proposed?.lateOrders}
        show={(value) => t('schedule.orders', { orders: number(value) })}
      />
      <Figure
        label={t('schedule.weighted-tardiness')}
        hint={
          lowerBound === null
            ? t('schedule.weights-hint')
            : t('schedule.bound-hint', { bound: points(lowerBound) })
        }
        before={today.weightedTardiness}
        after={proposed?.weightedTardiness}
        show={points}
      />
      <Figure
        label={t('schedule.set-ups')}
        hint={setUpHint(today.setUpMs, proposed?.setUpMs)}
        before={today.setUps}
        after={proposed?.setUps}
        show={(value) => t('schedule.times', { times: number(value) })}
      />
      <Figure
        label={t('schedule.finish')}
        before={today.finish ?? 0}
        after={proposed ? (proposed.finish ?? 0) : undefined}
        show={(value) => time(value === 0 ? null : value)}
      />
    </dl>
  );
}

function setUpHint(before: number, after: number | undefined): string {
  return after === undefined ? duration(before) : `${duration(before)} → ${duration(after)}`;
}

type FigureProps = Readonly<{
  label: string;
  hint?: string;
  before: number;
  after: number | undefined;
  show: (value: number) => string;
}>;

/** Better or worse is said with a sign, too: colour alone says nothing to many. */
function Figure({ label, hint, before, after, show }: FigureProps) {
  const isBetter = after !== undefined && after < before;
  const isWorse = after !== undefined && after > before;
  return (
    <div className="schedule-figure">
      <dt>{label}</dt>
      <dd>
        {after === undefined ? null : <span className="schedule-before">{show(before)}</span>}
        <strong className={isBetter ? 'better' : isWorse ? 'late' : ''}>
          {isBetter ? '▼ ' : isWorse ? '▲ ' : ''}
          {show(after ?? before)}
        </strong>
        {hint ? <span className="soft">{hint}</span> : null}
      </dd>
    </div>
  );
}
