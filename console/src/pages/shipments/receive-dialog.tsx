import type { Shipment } from '@millrace/contract';
import { IxButton, IxInput, IxNumberInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { orders } from '../../api/orders.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { number } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';

type Props = Readonly<{ shipment: Shipment; onClose: () => void }>;

export function ReceiveDialog({ shipment, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [quantity, setQuantity] = useState(shipment.quantity);
  const [note, setNote] = useState('');
  const receive = useMutation({
    mutationFn: () =>
      orders.receive(shipment.id, { quantity, ...(note.trim() ? { note: note.trim() } : {}) }),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('shipment.received-done', { number: shipment.shipmentNo }));
      onClose();
    },
  });
  const short = shipment.quantity - quantity;
  return (
    <Dialog
      title={t('shipment.receive-title', { number: shipment.shipmentNo })}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton loading={receive.isPending} onClick={() => receive.mutate()}>
            {t('shipment.receive-do', { quantity: number(quantity) })}
          </IxButton>
        </>
      }
    >
      <div className="form">
        <p>
          {shipment.itemName} · {shipment.siteName}
        </p>
        <IxNumberInput
          label={t('shipment.counted')}
          min={0}
          value={quantity}
          onValueChange={({ detail }) => setQuantity(Math.max(0, Math.round(detail ?? 0)))}
        />
        {short > 0 ? <p className="late">{t('shipment.short', { quantity: number(short) })}</p> : null}
        <IxInput
          label={t('shipment.note')}
          value={note}
          maxLength={500}
          onValueChange={({ detail }) => setNote(detail)}
        />
        <Refusal error={receive.error} />
      </div>
    </Dialog>
  );
}
