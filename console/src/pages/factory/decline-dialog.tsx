import { type Allocation, DECLINE_REASONS, type DeclineOffer } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { factory } from '../../api/factory.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import { tellDone } from '../../ui/toast.ts';

type Props = Readonly<{ offer: Allocation; onClose: () => void }>;

export function DeclineDialog({ offer, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState<DeclineOffer['reason']>('no-material');
  const [note, setNote] = useState('');
  const decline = useMutation({
    mutationFn: () => factory.decline(offer.id, { reason, ...(note.trim() ? { note: note.trim() } : {}) }),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('offers.declined', { order: offer.orderNo }));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('offers.decline-title', { order: offer.orderNo })}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton loading={decline.isPending} onClick={() => decline.mutate()}>
            {t('offers.decline-do')}
          </IxButton>
        </>
      }
    >
      <div className="form big-targets">
        <p>{t('offers.decline-text')}</p>
        <Segments
          label={t('offers.reason')}
          value={reason}
          options={DECLINE_REASONS.map((one) => [one, t(`reason.${one}`)])}
          onChange={setReason}
        />
        <IxInput
          label={t('shipment.note')}
          value={note}
          maxLength={500}
          onValueChange={({ detail }) => setNote(detail)}
        />
        <Refusal error={decline.error} />
      </div>
    </Dialog>
  );
}
