import type { ProductionOrder } from '@millrace/contract';
import { iconCogwheel } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useProductionOrder, useProductionOrders } from '../../api/factory.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { duration, instant, number } from '../../ui/format.ts';
import { useKept } from '../../ui/kept-filter.ts';
import { ProductionStatePill } from '../../ui/pill.tsx';
import { Priority } from '../../ui/priority.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Segments } from '../../ui/segments.tsx';
import { useChosenSite } from './chosen-site.ts';
import { ReportDialog } from './report-dialog.tsx';
import { ReportHistory } from './report-history.tsx';

const FILTERS = ['open', 'completed', 'all'] as const;

export function ProductionPage() {
  const { t } = useTranslation();
  const { siteId } = useChosenSite();
  const [filter, setFilter] = useKept('factory.production', FILTERS, 'open');
  const [openId] = useState(() => new URLSearchParams(window.location.search).get('open'));
  const query = useProductionOrders(siteId, filter === 'all' ? undefined : filter);
  const [reporting, setReporting] = useState<ProductionOrder | null>(null);
  return (
    <div className="stack">
      {openId ? <LinkedOrder id={openId} onReport={setReporting} /> : null}
      <Segments
        label={t('orders.filter')}
        value={filter}
        options={FILTERS.map((one) => [one, t(`production.filter-${one}`)])}
        onChange={setFilter}
      />
      <Answer
        query={query}
        skeleton="cards"
        isEmpty={({ rows }) => rows.length === 0}
        empty={{ icon: iconCogwheel, title: t('production.empty'), text: t('production.empty-text') }}
      >
        {({ rows }) => (
          <ul className="offers">
            {rows.map((order) => (
              <OrderCard key={order.id} order={order} onReport={() => setReporting(order)} />
            ))}
          </ul>
        )}
      </Answer>
      {reporting ? <ReportDialog order={reporting} onClose={() => setReporting(null)} /> : null}
    </div>
  );
}

type LinkedProps = Readonly<{ id: string; onReport: (order: ProductionOrder) => void }>;

/** The order that a link from an event or a story pointed at, whatever the filter says. */
function LinkedOrder({ id, onReport }: LinkedProps) {
  const order = useProductionOrder(id);
  return (
    <Answer query={order} skeleton="cards">
      {(data) => (
        <ul className="offers">
          <OrderCard order={data} onReport={() => onReport(data)} />
        </ul>
      )}
    </Answer>
  );
}

type CardProps = Readonly<{ order: ProductionOrder; onReport: () => void }>;

function OrderCard({ order, onReport }: CardProps) {
  const { t } = useTranslation();
  const me = useMe();
  const [showsReports, setShowsReports] = useState(false);
  const slip = order.projectedFinish - order.plannedFinish;
  const open = order.state === 'running' || order.state === 'released';
  return (
    <li className="offer">
      <header>
        <Priority value={order.priority} />
        <strong>{order.itemName}</strong>
        <ProductionStatePill state={order.state} />
      </header>
      <Progress done={order.goodQuantity} of={order.quantity} label={t('order.produced')} />
      <p>
        {t('production.counts', {
          good: number(order.goodQuantity),
          quantity: number(order.quantity),
          scrap: number(order.scrapQuantity),
        })}
      </p>
      <p>
        {t('production.projected', { at: instant(order.projectedFinish) })}{' '}
        {slip > 0 && open ? (
          <span className="late">{t('order.late-by', { time: duration(slip) })}</span>
        ) : (
          <span className="soft">{t('production.planned', { at: instant(order.plannedFinish) })}</span>
        )}
      </p>
      <p className="soft">
        {order.productionNo} · {order.orderNo} · {order.siteName} ·{' '}
        {order.operations.map(({ machineCode }) => machineCode).join(', ')}
      </p>
      <div className="offer-answers">
        <IxButton variant="secondary" onClick={() => setShowsReports(!showsReports)}>
          {t(showsReports ? 'production.hide-reports' : 'production.show-reports')}
        </IxButton>
        {open && may(me, 'production.report') ? (
          <IxButton onClick={onReport}>{t('production.report')}</IxButton>
        ) : null}
      </div>
      {showsReports ? <ReportHistory productionOrderId={order.id} /> : null}
    </li>
  );
}
