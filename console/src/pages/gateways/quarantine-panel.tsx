import type { AgentHealth, QuarantineGroup } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { useCodeText } from '../../ui/code-text.ts';
import { instant, number } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { ResendDialog } from './resend-dialog.tsx';

type Props = Readonly<{ gatewayId: string; buffer: AgentHealth['buffer']; online: boolean }>;

/** What the platform refused and the box keeps, with the way to have it sent again. */
export function QuarantinePanel({ gatewayId, buffer, online }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const [asked, setAsked] = useState<QuarantineGroup | 'all' | null>(null);
  const groups = buffer.quarantine ?? [];
  const told = groups.reduce((sum, { items }) => sum + items, 0);
  const mayResend = may(me, 'gateway.configure');
  if (groups.length === 0 && asked === null) return null;
  return (
    <>
      {groups.length > 0 ? (
        <Panel
          title={t('quarantine.title')}
          hint={t('quarantine.hint')}
          tools={
            mayResend && groups.length > 1 ? (
              <IxButton variant="secondary" disabled={!online} onClick={() => setAsked('all')}>
                {t('quarantine.send-all')}
              </IxButton>
            ) : null
          }
        >
          <Groups groups={groups} onAsk={mayResend && online ? setAsked : undefined} />
          {buffer.quarantined > told ? (
            <p className="soft">{t('quarantine.others', { items: number(buffer.quarantined - told) })}</p>
          ) : null}
          {mayResend && !online ? <p className="soft">{t('quarantine.offline')}</p> : null}
        </Panel>
      ) : null}
      {asked === null ? null : (
        <ResendDialog
          gatewayId={gatewayId}
          group={asked === 'all' ? undefined : asked}
          items={asked === 'all' ? buffer.quarantined : asked.items}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

type GroupsProps = Readonly<{
  groups: readonly QuarantineGroup[];
  /** Absent = only to be seen. */
  onAsk: ((group: QuarantineGroup) => void) | undefined;
}>;

function Groups({ groups, onAsk }: GroupsProps) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  return (
    <ul className="connection-list">
      {groups.map((group) => (
        <li key={`${group.machine}/${group.code}`} className="row">
          <strong>{group.machine}</strong>
          <span>{codeText('record-rejection', group.code)}</span>
          <span>{t('quarantine.items', { items: number(group.items) })}</span>
          <span className="soft">
            {t('quarantine.span', { from: instant(group.fromAt), to: instant(group.toAt) })}
          </span>
          {onAsk ? (
            <span className="row-tools">
              <IxButton variant="secondary" onClick={() => onAsk(group)}>
                {t('quarantine.send')}
              </IxButton>
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
