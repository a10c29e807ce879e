import type { Allocation } from '@millrace/contract';
import { iconLock } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { instant, number } from '../../ui/format.ts';
import { AllocationStatePill, Pill } from '../../ui/pill.tsx';

export function AllocationList({ allocations }: { readonly allocations: readonly Allocation[] }) {
  const { t } = useTranslation();
  if (allocations.length === 0) return <p className="soft">{t('order.no-allocations')}</p>;
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{t('allocation.site')}</th>
            <th className="number">{t('order.quantity')}</th>
            <th>{t('order.state')}</th>
            <th>{t('allocation.start')}</th>
            <th>{t('allocation.finish')}</th>
            <th>{t('allocation.arrive')}</th>
          </tr>
        </thead>
        <tbody>
          {allocations.map((allocation) => (
            <tr key={allocation.id}>
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
              <td className="nowrap">{instant(allocation.arriveAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
