import type { Gateway, GatewayConfig, GatewayConfigVersion } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useConfigVersion, useConfigVersions } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { instant } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { rowsOf } from '../../ui/rows-of.ts';
import { tellDone, tellRefused } from '../../ui/toast.ts';
import { ConfirmDialog } from '../admin/confirm-dialog.tsx';
import { textOf } from './config-text.ts';
import { DiffView } from './diff-view.tsx';
import { FaultList } from './fault-list.tsx';
import { saveFile } from './save-file.ts';
import { StatusPill } from './status-pill.tsx';

type Props = Readonly<{ gateway: Gateway; newest: GatewayConfig }>;

/** Who wrote what, when, and what the agent said of it. */
export function ConfigVersions({ gateway, newest }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const query = useConfigVersions(gateway.id);
  const [shown, setShown] = useState<GatewayConfigVersion | null>(null);
  const [asked, setAsked] = useState<GatewayConfigVersion | null>(null);
  const restore = useMutation({
    mutationFn: ({ version }: GatewayConfigVersion) =>
      gatewayApi.restore(gateway.id, version, newest.version),
    onSuccess: async ({ version }) => {
      setAsked(null);
      tellDone(t('gateways.config-saved', { version }));
      await client.invalidateQueries();
    },
    onError: (error) => tellRefused(text(error)),
  });
  return (
    <Panel title={t('gateways.versions')} hint={t('gateways.versions-hint')}>
      <Answer query={rowsOf(query)}>
        {(rows) => (
          <ul className="connection-list">
            {rows.map((one) => (
              <li key={one.version}>
                <div className="row">
                  <strong>{t('gateways.config-version', { version: one.version })}</strong>
                  <VersionPill version={one} />
                  <span>{one.note}</span>
                  <span className="soft">
                    {one.createdBy} · {instant(one.createdAt, 'full')}
                  </span>
                  <span className="row-tools">
                    <IxButton variant="tertiary" onClick={() => setShown(one)}>
                      {t('gateways.show-change')}
                    </IxButton>
                    {one.version !== newest.version && may(me, 'gateway.configure') ? (
                      <IxButton variant="tertiary" onClick={() => setAsked(one)}>
                        {t('gateways.roll-back')}
                      </IxButton>
                    ) : null}
                  </span>
                </div>
                {one.faults.length > 0 ? (
                  <FaultList title={t('gateways.refused')} faults={one.faults} />
                ) : null}
              </li>
            ))}
          </ul>
        )}
      </Answer>
      <More query={query} />
      {shown ? (
        <ChangeDialog gateway={gateway} version={shown.version} onClose={() => setShown(null)} />
      ) : null}
      {asked ? (
        <ConfirmDialog
          title={t('gateways.roll-back-title', { version: asked.version })}
          text={t('gateways.roll-back-text', { gateway: gateway.name })}
          action={t('gateways.roll-back-do', { version: asked.version })}
          busy={restore.isPending}
          onConfirm={() => restore.mutate(asked)}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </Panel>
  );
}

function VersionPill({ version }: { readonly version: GatewayConfigVersion }) {
  const { t } = useTranslation();
  if (version.faults.length > 0) return <StatusPill tone="alarm">{t('gateways.version-refused')}</StatusPill>;
  if (version.appliedAt === null)
    return <StatusPill tone="neutral">{t('gateways.version-waits')}</StatusPill>;
  return (
    <StatusPill tone="success">
      {t('gateways.version-applied', { at: instant(version.appliedAt) })}
    </StatusPill>
  );
}

type ChangeProps = Readonly<{ gateway: Gateway; version: number; onClose: () => void }>;

function ChangeDialog({ gateway, version, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const after = useConfigVersion(gateway.id, version);
  const before = useConfigVersion(gateway.id, version > 1 ? version - 1 : null);
  const text = after.data ? textOf(after.data.config) : '';
  return (
    <Dialog
      title={t('gateways.change-title', { version })}
      size="840"
      onClose={onClose}
      footer={
        <>
          <IxButton
            variant="secondary"
            disabled={text === ''}
            onClick={() => saveFile(`${gateway.code}-${version}.yaml`, text)}
          >
            {t('gateways.export')}
          </IxButton>
          <IxButton onClick={onClose}>{t('common.close')}</IxButton>
        </>
      }
    >
      <Answer query={after}>
        {() =>
          before.isLoading ? null : (
            <DiffView before={before.data ? textOf(before.data.config) : ''} after={text} />
          )
        }
      </Answer>
    </Dialog>
  );
}
