import type { LateReason, SiteSchedule } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { useCodeText } from '../../ui/code-text.ts';
import { duration, instant } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';
import { Priority } from '../../ui/priority.tsx';
import { isEarlier, isLater, type OrderChange } from './schedule-rows.ts';

type Props = Readonly<{
  schedule: SiteSchedule;
  changes: readonly OrderChange[];
  late: readonly LateReason[];
  /** Without a proposal there is nothing after. */
  isProposal: boolean;
}>;
/** The last links of the chain say it; the rest is history. */
const STEPS_SHOWN = 3;

/** Every open order: when it ends today, when in the proposal, and what it waits for when it is late. */
export function ScheduleOrders({ schedule, changes, late, isProposal }: Props) {
  const { t } = useTranslation();
  const reasons = new Map(late.map((reason) => [reason.productionOrderId, reason]));
  const ordered = [...changes].sort((a, b) => b.lateMs - a.lateMs || a.after - b.after);
  return (
    <ul className="schedule-orders">
      {ordered.map((change) => {
        const { order } = change;
        const reason = reasons.get(order.productionOrderId);
        return (
          <li key={order.productionOrderId}>
            <Priority value={order.priority} />
            <span className="schedule-order">
              <strong>{order.itemName}</strong>
              <span className="soft">{order.productionNo}</span>
            </span>
            <span>
              {isProposal && (isLater(change) || isEarlier(change)) ? (
                <>
                  <span className="soft">{instant(change.before)} → </span>
                  <strong>{instant(change.after)}</strong>
                </>
              ) : (
                <strong>{instant(change.after)}</strong>
              )}{' '}
              <span className="soft">{t('schedule.promised', { at: instant(order.promisedFinish) })}</span>
            </span>
            {change.lateMs > 0 ? (
              <Pill tone="alarm">{t('order.late-by', { time: duration(change.lateMs) })}</Pill>
            ) : (
              <Pill tone="success">{t('schedule.on-time')}</Pill>
            )}
            {reason ? <Reason schedule={schedule} reason={reason} /> : null}
          </li>
        );
      })}
    </ul>
  );
}

function Reason({ schedule, reason }: { readonly schedule: SiteSchedule; readonly reason: LateReason }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const codes = new Map(schedule.machines.map(({ id, code }) => [id, code]));
  return (
    <p className="schedule-reason soft">
      {reason.steps.slice(0, STEPS_SHOWN).map((step) => (
        <span key={step.operationId}>
          {codeText('waited-for', step.heldBy ? `${step.waitedFor}-of` : step.waitedFor, {
            machine: codes.get(step.machineId) ?? '?',
            other: step.heldBy ?? '',
            time: duration(step.waitedMs),
          })}
        </span>
      ))}
      {reason.unavoidableMs > 0 && !reason.steps.some(({ waitedFor }) => waitedFor === 'lock') ? (
        <span>{t('schedule.unavoidable', { time: duration(reason.unavoidableMs) })}</span>
      ) : null}
    </p>
  );
}
