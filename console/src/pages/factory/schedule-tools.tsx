import type { SchedulePin, SchedulePreview, SiteSchedule } from '@millrace/contract';
import { iconLock } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { duration, instant, number } from '../../ui/format.ts';
import { maskOf } from '../../ui/icon-mask.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { ScheduleProgress } from './schedule-progress.tsx';

type Props = Readonly<{
  siteId: string;
  schedule: SiteSchedule;
  pins: ReadonlyMap<string, SchedulePin>;
  proposal: SchedulePreview | undefined;
  error: Error | null;
  isComputing: boolean;
  now: number;
  onCompute: () => void;
  onUnpin: (operationIds: readonly string[]) => void;
  onForget: () => void;
  onApply: () => void;
}>;

/** Compute, look, apply; and the pins that the computation goes around. */
export function ScheduleTools(props: Props) {
  const { siteId, proposal, error, isComputing, now, onCompute, onForget, onApply } = props;
  const { t } = useTranslation();
  const restMs = proposal ? proposal.fenceAt - now : 0;
  return (
    <div className="schedule-tools">
      {isComputing ? <ScheduleProgress siteId={siteId} /> : null}
      {isComputing ? null : <Refusal error={error} />}
      <Pins {...props} />
      {proposal && !isComputing ? (
        <p className={restMs > 0 ? 'soft' : 'late'} role="status">
          {restMs > 0
            ? t('schedule.apply-until', { at: instant(proposal.fenceAt), time: duration(restMs) })
            : t('schedule.too-old')}{' '}
          {t(proposal.stopped ? 'schedule.found-stopped' : 'schedule.found', {
            rounds: number(proposal.rounds),
            seconds: number(proposal.engineMs / 1_000, 1),
          })}{' '}
          {isBetter(proposal) ? '' : t('schedule.no-better')}
        </p>
      ) : null}
      <div className="schedule-acts">
        <IxButton variant={proposal ? 'secondary' : 'primary'} disabled={isComputing} onClick={onCompute}>
          {t(proposal ? 'schedule.compute-again' : 'schedule.compute')}
        </IxButton>
        {proposal ? (
          <>
            <IxButton disabled={isComputing || restMs <= 0} onClick={onApply}>
              {t('schedule.apply')}
            </IxButton>
            <IxButton variant="tertiary" disabled={isComputing} onClick={onForget}>
              {t('schedule.forget')}
            </IxButton>
          </>
        ) : null}
      </div>
    </div>
  );
}

function Pins({ schedule, pins, isComputing, onUnpin }: Props) {
  const { t } = useTranslation();
  if (pins.size === 0) return null;
  const orderOf = (operationId: string) => {
    const work = schedule.work.find((one) => one.operationId === operationId);
    return schedule.orders.find((one) => one.productionOrderId === work?.productionOrderId);
  };
  return (
    <ul className="schedule-pins" aria-label={t('schedule.pins')}>
      {[...pins.values()].map((pin) => (
        <li key={pin.operationId}>
          <span className="pill-icon" style={maskOf(iconLock)} aria-hidden="true" />
          <span>
            {orderOf(pin.operationId)?.productionNo ?? t('schedule.gone')} ·{' '}
            {schedule.machines.find(({ id }) => id === pin.machineId)?.code ?? '?'} · {instant(pin.runFrom)}
          </span>
          <button
            type="button"
            className="text-button"
            disabled={isComputing}
            onClick={() => onUnpin([pin.operationId])}
          >
            {t('schedule.unpin')}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Fewer weighted hours, or the same with less to set up or an earlier end. */
function isBetter({ today, proposed }: SchedulePreview): boolean {
  const [before, after] = [today.figures, proposed.figures];
  const isSame = Math.abs(after.weightedTardiness - before.weightedTardiness) < 0.05;
  return isSame
    ? after.setUpMs < before.setUpMs || (after.finish ?? 0) < (before.finish ?? 0)
    : after.weightedTardiness < before.weightedTardiness;
}
