import { SHIPMENT_STATES, type Shipment } from '@millrace/contract';
import { iconTruck } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../api/session.ts';
import { useShipments } from '../../api/shipments.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { browserZone, number } from '../../ui/format.ts';
import { useKept } from '../../ui/kept-filter.ts';
import { More } from '../../ui/more.tsx';
import { Page } from '../../ui/page.tsx';
import { ShipmentStatePill } from '../../ui/pill.tsx';
import { rowsOf, totalOf } from '../../ui/rows-of.ts';
import { Segments } from '../../ui/segments.tsx';
import { MilestoneDialog } from './milestone-dialog.tsx';
import { Milestones } from './milestones.tsx';
import { ReceiveDialog } from './receive-dialog.tsx';
import '../orders/orders.css';

const FILTERS = ['all', ...SHIPMENT_STATES] as const;

export function ShipmentsPage() {
  const { t } = useTranslation();
  const [filter, setFilter] = useKept('shipments.filter', FILTERS, 'all');
  const query = useShipments(filter === 'all' ? {} : { state: filter });
  const total = totalOf(query);
  return (
    <Page
      title={t('shipments.title')}
      lead={
        total === undefined
          ? t('common.zone', { zone: browserZone() })
          : t('shipments.lead', { shipments: number(total), zone: browserZone() })
      }
    >
      <div className="list-tools big-targets">
        <Segments
          label={t('orders.filter')}
          value={filter}
          options={FILTERS.map((one) => [one, one === 'all' ? t('common.all') : t(`shipment-state.${one}`)])}
          onChange={setFilter}
        />
      </div>
      <Answer
        query={rowsOf(query)}
        skeleton="cards"
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: iconTruck, title: t('shipments.empty'), text: t('shipments.empty-text') }}
      >
        {(rows) => (
          <>
            <ul className="stack">
              {rows.map((shipment) => (
                <ShipmentCard key={shipment.id} shipment={shipment} />
              ))}
            </ul>
            <More query={query} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function ShipmentCard({ shipment }: { readonly shipment: Shipment }) {
  const { t } = useTranslation();
  const me = useMe();
  const [dialog, setDialog] = useState<'receive' | 'milestone' | null>(null);
  const canReceive = shipment.state === 'arrived' && may(me, 'shipment.receive');
  const canRecord = shipment.state !== 'received' && may(me, 'shipment.write');
  return (
    <li className="panel shipment">
      <header className="row">
        <strong>{shipment.shipmentNo}</strong>
        <Link to="/orders/$orderId" params={{ orderId: shipment.orderId }}>
          {shipment.orderNo}
        </Link>
        <span>{shipment.itemName}</span>
        <span>{t('quantity.pieces', { quantity: number(shipment.quantity) })}</span>
        <ShipmentStatePill state={shipment.state} />
        <span className="shipment-actions">
          {canRecord ? (
            <IxButton variant="secondary" onClick={() => setDialog('milestone')}>
              {t('shipments.record')}
            </IxButton>
          ) : null}
          {canReceive ? (
            <IxButton onClick={() => setDialog('receive')}>{t('shipment.receive')}</IxButton>
          ) : null}
        </span>
      </header>
      <p className="soft">
        {shipment.siteName} → {shipment.destinationName} · {number(shipment.distanceKm)} km
        {shipment.receivedQuantity === null
          ? ''
          : ` · ${t('shipments.received', { quantity: number(shipment.receivedQuantity) })}`}
      </p>
      <Milestones milestones={shipment.milestones} />
      {dialog === 'receive' ? <ReceiveDialog shipment={shipment} onClose={() => setDialog(null)} /> : null}
      {dialog === 'milestone' ? (
        <MilestoneDialog shipment={shipment} onClose={() => setDialog(null)} />
      ) : null}
    </li>
  );
}
