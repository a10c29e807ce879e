import type { OrderRow } from '@millrace/contract';
import { iconSuccess } from '@siemens/ix-icons/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyNote } from '../../ui/answer.tsx';
import { duration, instant, number } from '../../ui/format.ts';
import { Priority } from '../../ui/priority.tsx';

const HOUR_MS = 3_600_000;

export function AtRiskList({ rows }: { readonly rows: readonly OrderRow[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) {
    return (
      <EmptyNote
        empty={{ icon: iconSuccess, title: t('board.none-at-risk'), text: t('board.none-at-risk-text') }}
      />
    );
  }
  return (
    <ul className="risk-list">
      {rows.map((row) => (
        <li key={row.lineId}>
          <Link to="/orders/$orderId" params={{ orderId: row.orderId }} className="plain risk-row">
            <Priority value={row.priority} />
            <span className="risk-what">
              <strong>{row.orderNo}</strong>
              <span className="soft">
                {row.buyerName} · {row.itemName} · {t('quantity.pieces', { quantity: number(row.quantity) })}
              </span>
            </span>
            <span className="risk-late">
              <strong>
                {row.projectedAt === null
                  ? t('board.no-date')
                  : t('board.late-by', { time: duration((row.hoursLate ?? 0) * HOUR_MS) })}
              </strong>
              <span className="soft">{t('board.wanted', { at: instant(row.requestedAt, 'moment') })}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
