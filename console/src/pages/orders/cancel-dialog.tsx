import type { Order } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { orders } from '../../api/orders.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';

type Props = Readonly<{ order: Order; onClose: () => void }>;
/** As short as a reason may be and still say something; the server asks for one. */
const REASON_LENGTH_MIN = 3;

export function CancelDialog({ order, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const cancel = useMutation({
    mutationFn: () => orders.cancel(order.id, reason.trim()),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('order.cancelled', { number: order.orderNo }));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('order.cancel-title', { number: order.orderNo })}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('order.keep')}
          </IxButton>
          <IxButton
            variant="danger-primary"
            loading={cancel.isPending}
            disabled={reason.trim().length < REASON_LENGTH_MIN}
            onClick={() => cancel.mutate()}
          >
            {t('order.cancel-do', { number: order.orderNo })}
          </IxButton>
        </>
      }
    >
      <div className="form">
        <p>{t('order.cancel-text')}</p>
        <IxInput
          label={t('order.cancel-reason')}
          value={reason}
          maxLength={500}
          onValueChange={({ detail }) => setReason(detail)}
        />
        <Refusal error={cancel.error} />
      </div>
    </Dialog>
  );
}
