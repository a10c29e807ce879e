import type { Allocation } from '@millrace/contract';
import { iconLock } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { duration, instant, number } from '../../ui/format.ts';
import { AllocationStatePill, Pill } from '../../ui/pill.tsx';
import { Priority } from '../../ui/priority.tsx';

const HOUR_MS = 3_600_000;
/** A table longer than this is no reading; the site filter narrows it. */
const ROWS_MAX = 400;

type Props = Readonly<{
  allocations: readonly Allocation[];
  selected: string | null;
  onSelect: (allocation: Allocation) => void;
}>;

/** The Gantt in words, for keyboards and screen readers, and for those who sort in their head. */
export function PlanList({ allocations, selected, onSelect }: Props) {
  const { t } = useTranslation();
  return (
    <div className="table-scroll plan-list">
      <table className="table">
        <thead>
          <tr>
            <th>{t('order.priority')}</th>
            <th>{t('order.number')}</th>
            <th>{t('allocation.site')}</th>
            <th className="number">{t('order.quantity')}</th>
            <th>{t('order.state')}</th>
            <th>{t('allocation.start')}</th>
            <th>{t('allocation.finish')}</th>
            <th>{t('allocation.arrive')}</th>
          </tr>
        </thead>
        <tbody>
          {allocations.slice(0, ROWS_MAX).map((allocation) => (
            <tr key={allocation.id} className={allocation.id === selected ? 'row-selected' : ''}>
              <td>
                <Priority value={allocation.priority} />
              </td>
              <td>
                <button type="button" className="text-button" onClick={() => onSelect(allocation)}>
                  {allocation.orderNo}
                </button>
                <div className="soft">{allocation.itemName}</div>
              </td>
              <td>{allocation.siteName}</td>
              <td className="number">{t('quantity.pieces', { quantity: number(allocation.quantity) })}</td>
              <td>
                <AllocationStatePill state={allocation.state} />{' '}
                {allocation.lock === 'none' ? null : (
                  <Pill tone="info" icon={iconLock}>
                    {t(`lock.${allocation.lock}`)}
                  </Pill>
                )}
              </td>
              <td className="nowrap">{instant(allocation.startAt)}</td>
              <td className="nowrap">{instant(allocation.finishAt)}</td>
              <td className="nowrap">
                {instant(allocation.arriveAt)}
                {allocation.hoursLate > 0 ? (
                  <div className="late">
                    {t('order.late-by', { time: duration(allocation.hoursLate * HOUR_MS) })}
                  </div>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
