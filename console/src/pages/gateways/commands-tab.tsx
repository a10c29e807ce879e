import type { EdgeCommand, EdgeMachine, Gateway, Machine } from '@millrace/contract';
import { iconLock } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  gatewayApi,
  useCommandSwitch,
  useGatewayConfig,
  useMachineCommands,
  useMachineList,
} from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { number } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { tellRefused } from '../../ui/toast.ts';
import { ConfirmDialog } from '../admin/confirm-dialog.tsx';
import { CommandDialog } from './command-dialog.tsx';
import { CommandList } from './command-list.tsx';
import { StatusPill } from './status-pill.tsx';

/** What can be asked of the machines, and what became of what was asked. */
export function CommandsTab({ gateway }: { readonly gateway: Gateway }) {
  const { t } = useTranslation();
  const config = useGatewayConfig(gateway.id);
  const machines = useMachineList({ gatewayId: gateway.id });
  const commands = useMachineCommands({ gatewayId: gateway.id });
  const commanded = (config.data?.config.machines ?? []).filter(
    ({ commands }) => (commands ?? []).length > 0,
  );
  const found = commanded.flatMap((one) => {
    const machine = machines.data?.find(({ code }) => code === one.machine);
    return machine ? [{ machine, setUp: one }] : [];
  });
  return (
    <div className="stack">
      <Answer query={config}>
        {() =>
          found.length === 0 && !machines.isPending ? (
            <EmptyNote empty={{ icon: iconLock, title: t('commands.none'), text: t('commands.none-text') }} />
          ) : (
            found.map(({ machine, setUp }) => (
              <MachinePanel key={machine.id} machine={machine} setUp={setUp} />
            ))
          )
        }
      </Answer>
      <CommandList
        query={commands}
        nameOf={(machineId) => machines.data?.find(({ id }) => id === machineId)?.name ?? ''}
      />
    </div>
  );
}

function MachinePanel({ machine, setUp }: Readonly<{ machine: Machine; setUp: EdgeMachine }>) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const query = useCommandSwitch(machine.id);
  const [sending, setSending] = useState<EdgeCommand | null>(null);
  const [asking, setAsking] = useState(false);
  const enabled = query.data?.enabled ?? false;
  const turn = useMutation({
    mutationFn: () => gatewayApi.switchCommands(machine.id, !enabled),
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: ['command-switch', machine.id] });
    },
    onError: (error) => tellRefused(text(error)),
  });
  return (
    <Panel
      title={machine.name}
      hint={machine.code}
      tools={
        <>
          {/* Not yet known is not off. */}
          {query.data ? (
            <StatusPill tone={enabled ? 'warning' : 'neutral'}>
              {t(enabled ? 'commands.on' : 'commands.off')}
            </StatusPill>
          ) : null}
          {may(me, 'command.enable') && query.data ? (
            <IxButton
              variant="secondary"
              loading={turn.isPending}
              onClick={() => (enabled ? turn.mutate() : setAsking(true))}
            >
              {t(enabled ? 'commands.turn-off' : 'commands.turn-on')}
            </IxButton>
          ) : null}
        </>
      }
    >
      <ul className="connection-list">
        {(setUp.commands ?? []).map((command) => (
          <li key={command.code} className="row">
            <strong>{command.code}</strong>
            <StatusPill tone={command.class === 'dangerous' ? 'alarm' : 'info'}>
              {t(`commands.class-${command.class}`)}
            </StatusPill>
            <span className="soft">{rangeOf(command)}</span>
            {command.interlocks.length > 0 ? (
              <span className="soft">
                {t('commands.only-when', {
                  conditions: command.interlocks.map(({ name }) => name).join(' · '),
                })}
              </span>
            ) : null}
            {may(me, 'command.request') ? (
              <span className="row-tools">
                <IxButton disabled={!enabled} onClick={() => setSending(command)}>
                  {t('commands.send')}
                </IxButton>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {sending ? (
        <CommandDialog machine={machine} command={sending} onClose={() => setSending(null)} />
      ) : null}
      {asking ? (
        <ConfirmDialog
          title={t('commands.turn-on-title', { machine: machine.name })}
          text={t('commands.turn-on-text')}
          action={t('commands.turn-on-do', { machine: machine.name })}
          busy={turn.isPending}
          onConfirm={() => turn.mutate()}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Panel>
  );
}

function rangeOf({ minimum, maximum }: EdgeCommand): string {
  if (minimum === undefined && maximum === undefined) return '';
  return `${minimum === undefined ? '' : number(minimum, 3)} … ${maximum === undefined ? '' : number(maximum, 3)}`;
}
