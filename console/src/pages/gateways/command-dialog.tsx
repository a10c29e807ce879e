import type { EdgeCommand, Machine, TagValue } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';

type Props = Readonly<{ machine: Machine; command: EdgeCommand; onClose: () => void }>;
const EXPIRIES = ['30', '60', '300', '900'] as const;

/** Value, reason and how long it may wait. */
export function CommandDialog({ machine, command, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [value, setValue] = useState(command.type === 'bool' ? 'true' : '');
  const [reason, setReason] = useState('');
  const [expiry, setExpiry] = useState<(typeof EXPIRIES)[number]>('60');
  // The same for every press of the button: a repeated one is the same command.
  const [requestKey] = useState(() => newKey());
  const send = useMutation({
    mutationFn: () =>
      gatewayApi.sendCommand({
        machineId: machine.id,
        command: command.code,
        ...(value === '' ? {} : { value: typedValue(command, value) }),
        reason: reason.trim(),
        expiresInS: Number(expiry),
        requestKey,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['list', '/machine-commands'] });
      onClose();
    },
  });
  const ready = reason.trim() !== '' && (command.kind === 'call' || value !== '');
  return (
    <Dialog
      title={t('commands.send-title', { command: command.code, machine: machine.name })}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton disabled={!ready} loading={send.isPending} onClick={() => send.mutate()}>
            {t(command.class === 'dangerous' ? 'commands.ask-second' : 'commands.send-do', {
              command: command.code,
            })}
          </IxButton>
        </>
      }
    >
      <div className="form big-targets">
        {command.type === 'bool' ? (
          <Segments
            label={t('commands.value')}
            value={value}
            options={[
              ['true', t('common.yes')],
              ['false', t('common.no')],
            ]}
            onChange={setValue}
          />
        ) : (
          <Field label={t('commands.value')}>
            <input
              type={command.type === 'string' ? 'text' : 'number'}
              step="any"
              min={command.minimum}
              max={command.maximum}
              value={value}
              onChange={({ target }) => setValue(target.value)}
            />
          </Field>
        )}
        <Field label={t('commands.reason')} help={t('commands.reason-help')}>
          <input value={reason} maxLength={200} onChange={({ target }) => setReason(target.value)} />
        </Field>
        <Segments
          label={t('commands.expiry')}
          value={expiry}
          options={EXPIRIES.map((one) => [one, t('commands.expiry-s', { seconds: one })])}
          onChange={setExpiry}
        />
        {command.class === 'dangerous' ? <p className="late">{t('commands.dangerous-text')}</p> : null}
        <Refusal error={send.error} />
      </div>
    </Dialog>
  );
}

function typedValue({ type }: EdgeCommand, text: string): TagValue {
  if (type === 'bool') return text === 'true';
  return type === 'string' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** Also without TLS, where the browser has no `randomUUID`. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
