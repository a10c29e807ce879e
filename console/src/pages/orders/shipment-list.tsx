import type { Shipment } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { number } from '../../ui/format.ts';
import { ShipmentStatePill } from '../../ui/pill.tsx';
import { Milestones } from '../shipments/milestones.tsx';
import { ReceiveDialog } from '../shipments/receive-dialog.tsx';

export function ShipmentList({ shipments }: { readonly shipments: readonly Shipment[] }) {
  const { t } = useTranslation();
  const me = useMe();
  const [receiving, setReceiving] = useState<Shipment | null>(null);
  if (shipments.length === 0) return <p className="soft">{t('order.no-shipments')}</p>;
  return (
    <div className="stack">
      {shipments.map((shipment) => (
        <article key={shipment.id} className="line-card">
          <header className="row">
            <strong>{shipment.shipmentNo}</strong>
            <span>{t('quantity.pieces', { quantity: number(shipment.quantity) })}</span>
            <ShipmentStatePill state={shipment.state} />
            {shipment.state === 'arrived' && may(me, 'shipment.receive') ? (
              <IxButton onClick={() => setReceiving(shipment)}>{t('shipment.receive')}</IxButton>
            ) : null}
          </header>
          <p className="soft">
            {shipment.siteName} → {shipment.destinationName} · {number(shipment.distanceKm)} km
          </p>
          <Milestones milestones={shipment.milestones} />
        </article>
      ))}
      {receiving ? <ReceiveDialog shipment={receiving} onClose={() => setReceiving(null)} /> : null}
    </div>
  );
}
