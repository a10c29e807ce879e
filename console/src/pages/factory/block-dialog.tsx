import type { NewCapacityBlock, Site } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { factory } from '../../api/factory.ts';
import { useMachines } from '../../api/registry.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { browserZone, fromLocalInput, toLocalInput } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Select } from '../../ui/select.tsx';
import { tellDone } from '../../ui/toast.ts';

type Props = Readonly<{ site: Site; now: number; onClose: () => void }>;
const KINDS = ['maintenance', 'own-work', 'closed'] as const satisfies readonly NewCapacityBlock['kind'][];
const HOUR_MS = 3_600_000;

export function BlockDialog({ site, now, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const machines = useMachines(site.id);
  const firstHour = now - (now % HOUR_MS) + HOUR_MS;
  const [machineId, setMachineId] = useState('');
  const [kind, setKind] = useState<NewCapacityBlock['kind']>('maintenance');
  const [from, setFrom] = useState(() => toLocalInput(firstHour));
  const [to, setTo] = useState(() => toLocalInput(firstHour + 4 * HOUR_MS));
  const [reason, setReason] = useState('');
  const start = fromLocalInput(from);
  const end = fromLocalInput(to);
  const body: NewCapacityBlock | null =
    machineId !== '' && start !== null && end !== null && end > start && reason.trim() !== ''
      ? { machineId, kind, from: start, to: end, reason: reason.trim() }
      : null;
  const block = useMutation({
    mutationFn: factory.block,
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('capacity.blocked'));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('capacity.block-title')}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            disabled={body === null}
            loading={block.isPending}
            onClick={() => body && block.mutate(body)}
          >
            {t('capacity.block-do')}
          </IxButton>
        </>
      }
    >
      <div className="form big-targets">
        <p className="soft">{t('capacity.block-text')}</p>
        <Select
          label={t('machines.machine')}
          value={machineId}
          options={(machines.data ?? []).map((machine) => [machine.id, `${machine.code} · ${machine.name}`])}
          onChange={setMachineId}
        />
        <Segments
          label={t('capacity.block-kind')}
          value={kind}
          options={KINDS.map((one) => [one, t(`block.${one}`)])}
          onChange={setKind}
        />
        <div className="form-grid">
          <Field label={t('capacity.block-from')} help={t('common.zone', { zone: browserZone() })}>
            <input type="datetime-local" value={from} onChange={({ target }) => setFrom(target.value)} />
          </Field>
          <Field label={t('capacity.block-to')}>
            <input type="datetime-local" value={to} onChange={({ target }) => setTo(target.value)} />
          </Field>
        </div>
        <IxInput
          label={t('capacity.block-reason')}
          value={reason}
          maxLength={200}
          onValueChange={({ detail }) => setReason(detail)}
        />
        <Refusal error={block.error} />
      </div>
    </Dialog>
  );
}
