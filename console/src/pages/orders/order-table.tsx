import type { OrderRow } from '@millrace/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { duration, instant, number } from '../../ui/format.ts';
import { LineStatePill } from '../../ui/pill.tsx';
import { Priority } from '../../ui/priority.tsx';
import { Progress } from '../../ui/progress.tsx';

const HOUR_MS = 3_600_000;

export function OrderTable({ rows }: { readonly rows: readonly OrderRow[] }) {
  const { t } = useTranslation();
  return (
    <div className="panel table-scroll">
      <table className="table order-table">
        <thead>
          <tr>
            <th>{t('order.priority')}</th>
            <th>{t('order.number')}</th>
            <th>{t('order.item')}</th>
            <th className="number">{t('order.quantity')}</th>
            <th>{t('order.state')}</th>
            <th>{t('order.produced')}</th>
            <th>{t('order.requested')}</th>
            <th>{t('order.promised')}</th>
            <th>{t('order.projected')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.lineId}>
              <td>
                <Priority value={row.priority} />
              </td>
              <td className="nowrap">
                <Link to="/orders/$orderId" params={{ orderId: row.orderId }}>
                  <strong>{row.orderNo}</strong>
                </Link>
                <span className="soft"> /{row.lineNo}</span>
                <div className="soft">{row.buyerName}</div>
              </td>
              <td>
                {row.itemName}
                <div className="soft">{row.itemCode}</div>
              </td>
              <td className="number">{t('quantity.pieces', { quantity: number(row.quantity) })}</td>
              <td>
                <LineStatePill state={row.state} />
              </td>
              <td>
                <Progress done={row.producedQuantity} of={row.quantity} label={t('order.produced')} />
              </td>
              <td className="nowrap">{instant(row.requestedAt, 'moment')}</td>
              <td className="nowrap">{row.promisedAt === null ? '—' : instant(row.promisedAt, 'moment')}</td>
              <td className="nowrap">
                <Projected row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The forecast beside the wish: late says by how much, in words. */
export function Projected({ row }: { readonly row: Pick<OrderRow, 'projectedAt' | 'hoursLate'> }) {
  const { t } = useTranslation();
  if (row.projectedAt === null) return <>—</>;
  const late = row.hoursLate !== null && row.hoursLate > 0;
  return (
    <>
      {instant(row.projectedAt, 'moment')}
      <div className={late ? 'late' : 'soft'}>
        {late ? t('order.late-by', { time: duration((row.hoursLate ?? 0) * HOUR_MS) }) : t('order.on-time')}
      </div>
    </>
  );
}
