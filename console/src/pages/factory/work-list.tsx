import type { MachineWork } from '@millrace/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { instant, number } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';
import { Progress } from '../../ui/progress.tsx';

/** As many as somebody on the floor looks ahead. */
const ROWS_MAX = 60;

/** What each machine should be doing, running first. */
export function WorkList({ work }: { readonly work: readonly MachineWork[] }) {
  const { t } = useTranslation();
  if (work.length === 0) return <p className="soft">{t('factory.no-work')}</p>;
  const ordered = [...work].sort(
    (a, b) =>
      Number(b.state === 'running') - Number(a.state === 'running') || a.plannedStart - b.plannedStart,
  );
  return (
    <ul className="work">
      {ordered.slice(0, ROWS_MAX).map((one) => (
        <li key={one.operationId}>
          <Link to="/machines/$machineId" params={{ machineId: one.machineId }} className="work-machine">
            {one.machineCode}
          </Link>
          <Pill tone={one.state === 'running' ? 'success' : 'neutral'}>{t(`operation.${one.state}`)}</Pill>
          <span className="work-item">
            {one.itemCode} <span className="soft">{one.productionNo}</span>
          </span>
          <Progress done={one.goodQuantity} of={one.quantity} label={t('order.produced')} />
          <span className="soft">
            {number(one.goodQuantity)} / {number(one.quantity)} · {instant(one.plannedStart)} –{' '}
            {instant(one.plannedEnd)}
          </span>
        </li>
      ))}
    </ul>
  );
}
