import type { QuarantineGroup } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMachineList } from '../../api/gateway.ts';
import { NotResent, type Resending, resendAll } from '../../api/resend.ts';
import { useSaid } from '../../i18n/said.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { number } from '../../ui/format.ts';
import { Progress } from '../../ui/progress.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Select } from '../../ui/select.tsx';
import { tellDone } from '../../ui/toast.ts';

/** Without a group everything that lies there is meant. */
type Props = Readonly<{
  gatewayId: string;
  group: QuarantineGroup | undefined;
  items: number;
  onClose: () => void;
}>;
/** No machine has such a code. */
const AS_COLLECTED = '';

/** Says what will happen, asks under which machine, and shows how far it is; closing it stops after the part under way. */
export function ResendDialog({ gatewayId, group, items, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [as, setAs] = useState<string>(AS_COLLECTED);
  const [so, setSo] = useState<Resending | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => {
    const running = new AbortController();
    stop.current = running;
    return () => running.abort();
  }, []);
  const send = useMutation({
    mutationFn: () => {
      const one = group ? { machine: group.machine, code: group.code } : {};
      const selection = as === AS_COLLECTED ? one : { ...one, as };
      return resendAll(gatewayId, selection, setSo, stop.current.signal);
    },
    onSuccess: (sent) => {
      tellDone(t('quarantine.done', { items: number(sent) }));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['gateway-health', gatewayId] }),
  });
  const title = group ? t('quarantine.dialog-one', { machine: group.machine }) : t('quarantine.dialog-all');
  return (
    <Dialog
      title={title}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t(send.isPending ? 'quarantine.stop' : 'common.cancel')}
          </IxButton>
          <IxButton loading={send.isPending} onClick={() => send.mutate()}>
            {t('quarantine.send-do', { items: number(items) })}
          </IxButton>
        </>
      }
    >
      <div className="form big-targets">
        <p>{t('quarantine.about')}</p>
        {group ? (
          <AsMachine gatewayId={gatewayId} machine={group.machine} value={as} onChange={setAs} />
        ) : null}
        {so ? <Progress done={so.sent} of={so.sent + so.left} label={t('quarantine.progress')} /> : null}
        <NotSent error={send.error} />
      </div>
    </Dialog>
  );
}

type AsProps = Readonly<{
  gatewayId: string;
  machine: string;
  value: string;
  onChange: (code: string) => void;
}>;

function AsMachine({ gatewayId, machine, value, onChange }: AsProps) {
  const { t } = useTranslation();
  const machines = useMachineList({ gatewayId });
  const others = (machines.data ?? []).filter(({ code }) => code !== machine);
  if (others.length === 0) return null;
  return (
    <Select
      label={t('quarantine.as')}
      value={value === AS_COLLECTED ? machine : value}
      options={[
        [machine, t('quarantine.as-collected', { machine })],
        ...others.map(({ code, name }) => [code, `${code} · ${name}`] as const),
      ]}
      onChange={(code) => onChange(code === machine ? AS_COLLECTED : code)}
    />
  );
}

function NotSent({ error }: { readonly error: unknown }) {
  const say = useSaid();
  const { t } = useTranslation();
  if (!(error instanceof NotResent)) return <Refusal error={error} />;
  return (
    <p className="late" role="alert">
      {error.refusal ? t(`quarantine.refused-${error.refusal}`) : say(error.message)}
    </p>
  );
}
