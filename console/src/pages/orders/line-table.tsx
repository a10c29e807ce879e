import type { OrderLine } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { instant, number } from '../../ui/format.ts';
import { LineStatePill } from '../../ui/pill.tsx';
import { Priority } from '../../ui/priority.tsx';
import { Projected } from './order-table.tsx';

const HOUR_MS = 3_600_000;
const STAGES = ['allocatedQuantity', 'producedQuantity', 'shippedQuantity', 'receivedQuantity'] as const;

export function LineTable({ lines }: { readonly lines: readonly OrderLine[] }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      {lines.map((line) => (
        <article key={line.id} className="line-card">
          <header className="row">
            <Priority value={line.priority} />
            <strong>{line.itemName}</strong>
            <span className="soft">{line.itemCode}</span>
            <LineStatePill state={line.state} />
          </header>
          <ol className="stages">
            {STAGES.map((stage) => (
              <Stage key={stage} label={t(`order.stage.${stage}`)} done={line[stage]} of={line.quantity} />
            ))}
          </ol>
          <dl className="facts">
            <div>
              <dt>{t('order.quantity')}</dt>
              <dd>{t('quantity.pieces', { quantity: number(line.quantity) })}</dd>
            </div>
            <div>
              <dt>{t('order.requested')}</dt>
              <dd>{instant(line.requestedAt, 'moment')}</dd>
            </div>
            <div>
              <dt>{t('order.promised')}</dt>
              <dd>{line.promisedAt === null ? '—' : instant(line.promisedAt, 'moment')}</dd>
            </div>
            <div>
              <dt>{t('order.projected')}</dt>
              <dd>
                <Projected row={{ projectedAt: line.projectedAt, hoursLate: hoursLate(line) }} />
              </dd>
            </div>
          </dl>
        </article>
      ))}
    </div>
  );
}

type StageProps = Readonly<{ label: string; done: number; of: number }>;

function Stage({ label, done, of }: StageProps) {
  const share = of > 0 ? Math.min(1, done / of) : 0;
  return (
    <li className={share >= 1 ? 'stage stage-done' : share > 0 ? 'stage stage-part' : 'stage'}>
      <span className="stage-bar">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span>{label}</span>
      <strong>
        {number(done)} / {number(of)}
      </strong>
    </li>
  );
}

function hoursLate(line: OrderLine): number | null {
  return line.projectedAt === null ? null : (line.projectedAt - line.requestedAt) / HOUR_MS;
}
