import type { MachineCommand } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { gatewayApi, type useMachineCommands } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { useSaid } from '../../i18n/said.tsx';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import type { Tone } from '../../ui/pill.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { rowsOf } from '../../ui/rows-of.ts';
import { tellRefused } from '../../ui/toast.ts';
import { StatusPill } from './status-pill.tsx';

const TONES: Record<MachineCommand['state'], Tone> = {
  'awaiting-approval': 'warning',
  queued: 'info',
  delivered: 'info',
  executed: 'success',
  refused: 'alarm',
  failed: 'alarm',
  expired: 'neutral',
  withdrawn: 'neutral',
  unknown: 'alarm',
};
const WITHDRAWABLE: readonly string[] = ['awaiting-approval', 'queued'];

type Props = Readonly<{
  query: ReturnType<typeof useMachineCommands>;
  nameOf: (machineId: string) => string;
}>;

export function CommandList({ query, nameOf }: Props) {
  const { t } = useTranslation();
  return (
    <Panel title={t('commands.list')} hint={t('commands.list-hint')}>
      <Answer query={rowsOf(query)}>
        {(rows) => (
          <>
            {rows.length === 0 ? <p className="soft">{t('commands.empty-text')}</p> : null}
            <ul className="connection-list">
              {rows.map((one) => (
                <Command key={one.id} command={one} machine={nameOf(one.machineId)} />
              ))}
            </ul>
            <More query={query} />
          </>
        )}
      </Answer>
    </Panel>
  );
}

function Command({ command, machine }: Readonly<{ command: MachineCommand; machine: string }>) {
  const { t } = useTranslation();
  const say = useSaid();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const act = useMutation({
    mutationFn: (what: 'approve' | 'withdraw') =>
      what === 'approve' ? gatewayApi.approveCommand(command.id) : gatewayApi.withdrawCommand(command.id),
    onSettled: () => client.invalidateQueries({ queryKey: ['list', '/machine-commands'] }),
    onError: (error) => tellRefused(text(error)),
  });
  const { outcome, approvedBy } = command;
  return (
    <li data-command={command.id}>
      <div className="row">
        <StatusPill tone={TONES[command.state]}>{t(`command-state.${command.state}`)}</StatusPill>
        <strong>
          {command.command}
          {command.value === null ? '' : ` = ${String(command.value)}`}
        </strong>
        <span>{machine}</span>
        <span className="soft">{instant(command.requestedAt, 'full')}</span>
        <span className="row-tools">
          {command.state === 'awaiting-approval' && may(me, 'command.approve') ? (
            <IxButton loading={act.isPending} onClick={() => act.mutate('approve')}>
              {t('commands.approve')}
            </IxButton>
          ) : null}
          {WITHDRAWABLE.includes(command.state) && may(me, 'command.request') ? (
            <IxButton variant="secondary" loading={act.isPending} onClick={() => act.mutate('withdraw')}>
              {t('commands.withdraw')}
            </IxButton>
          ) : null}
        </span>
      </div>
      <p className="soft">
        {t('commands.by', { by: command.requestedBy, reason: command.reason })}
        {approvedBy ? ` · ${t('commands.approved-by', { by: approvedBy })}` : ''}
      </p>
      {outcome?.refusal ? (
        <p className="late">
          {outcome.detail
            ? say(`${t(`command-refusal.${outcome.refusal}`)}: ${outcome.detail}`)
            : t(`command-refusal.${outcome.refusal}`)}
        </p>
      ) : outcome?.detail ? (
        <p className="late">{say(outcome.detail)}</p>
      ) : null}
      {outcome && outcome.readBack !== null ? (
        <p>{t('commands.read-back', { value: String(outcome.readBack) })}</p>
      ) : null}
    </li>
  );
}
