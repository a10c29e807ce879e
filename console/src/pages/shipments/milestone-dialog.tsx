import type { NewMilestone, Shipment } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { shipments } from '../../api/shipments.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { browserZone, fromLocalInput, toLocalInput } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import { tellDone } from '../../ui/toast.ts';

type Props = Readonly<{ shipment: Shipment; onClose: () => void }>;
const KINDS = ['departure', 'handover', 'exception', 'arrival'] as const;

export function MilestoneDialog({ shipment, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useDomainNow(60_000);
  const [kind, setKind] = useState<NewMilestone['kind']>(
    shipment.state === 'ready' ? 'departure' : 'arrival',
  );
  const [at, setAt] = useState(() => toLocalInput(now));
  const [note, setNote] = useState('');
  const actualAt = fromLocalInput(at);
  const record = useMutation({
    mutationFn: () =>
      shipments.milestone(shipment.id, {
        kind,
        ...(actualAt === null ? {} : { actualAt }),
        ...(note.trim() ? { note: note.trim() } : {}),
      }),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('shipments.recorded', { number: shipment.shipmentNo }));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('shipments.record-title', { number: shipment.shipmentNo })}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton disabled={actualAt === null} loading={record.isPending} onClick={() => record.mutate()}>
            {t('shipments.record-do')}
          </IxButton>
        </>
      }
    >
      <div className="form big-targets">
        <Segments
          label={t('shipments.kind')}
          value={kind}
          options={KINDS.map((one) => [one, t(`milestone.${one}`)])}
          onChange={setKind}
        />
        <Field label={t('shipments.at')} help={t('common.zone', { zone: browserZone() })}>
          <input type="datetime-local" value={at} onChange={({ target }) => setAt(target.value)} />
        </Field>
        <IxInput
          label={t('shipment.note')}
          value={note}
          maxLength={500}
          onValueChange={({ detail }) => setNote(detail)}
        />
        <Refusal error={record.error} />
      </div>
    </Dialog>
  );
}
