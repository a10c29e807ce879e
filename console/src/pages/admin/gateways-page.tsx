import type { Gateway, GatewayToken } from '@millrace/contract';
import { iconNetworkDevice, iconPlus } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin, useGatewayList } from '../../api/admin.ts';
import { useOrganisations } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import { Pill } from '../../ui/pill.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { rowsOf } from '../../ui/rows-of.ts';
import { tellDone, tellRefused } from '../../ui/toast.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { GatewayDialog } from './gateway-dialog.tsx';
import { TokenDialog } from './token-dialog.tsx';

type Asked = Readonly<{ what: 'rotate' | 'revoke'; gateway: Gateway }>;

export function GatewaysPage() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const query = useGatewayList();
  const [making, setMaking] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [token, setToken] = useState<GatewayToken | null>(null);
  const act = useMutation({
    mutationFn: async ({ what, gateway }: Asked) => {
      if (what === 'rotate') return admin.rotateGateway(gateway.id);
      await admin.revokeGateway(gateway.id);
      return null;
    },
    onSuccess: async (made) => {
      await client.invalidateQueries();
      setAsked(null);
      if (made) setToken(made);
      else tellDone(t('gateway.revoked-done'));
    },
    onError: (error) => tellRefused(text(error)),
  });
  const writes = may(me, 'gateway.write');
  return (
    <Panel
      title={t('admin.tab-gateways')}
      hint={t('gateway.hint')}
      tools={
        writes ? (
          <IxButton icon={iconPlus} onClick={() => setMaking(true)}>
            {t('gateway.new')}
          </IxButton>
        ) : null
      }
    >
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: iconNetworkDevice, title: t('gateway.empty'), text: t('gateway.empty-text') }}
      >
        {(rows) => (
          <>
            <GatewayTable gateways={rows} writes={writes} onAsk={setAsked} />
            <More query={query} />
          </>
        )}
      </Answer>
      {making ? (
        <GatewayDialog
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setToken(made);
          }}
        />
      ) : null}
      {token ? <TokenDialog made={token} onClose={() => setToken(null)} /> : null}
      {asked ? (
        <ConfirmDialog
          title={t(`gateway.${asked.what}-title`, { name: asked.gateway.name })}
          text={t(`gateway.${asked.what}-text`)}
          action={t(`gateway.${asked.what}-do`, { name: asked.gateway.name })}
          busy={act.isPending}
          onConfirm={() => act.mutate(asked)}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </Panel>
  );
}

type TableProps = Readonly<{
  gateways: readonly Gateway[];
  writes: boolean;
  onAsk: (asked: Asked) => void;
}>;

function GatewayTable({ gateways, writes, onAsk }: TableProps) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{t('gateway.name')}</th>
            <th>{t('user.organisation')}</th>
            <th>{t('key.created')}</th>
            <th>{t('user.state')}</th>
            <th aria-label={t('common.all')} />
          </tr>
        </thead>
        <tbody>
          {gateways.map((gateway) => (
            <tr key={gateway.id}>
              <td>
                <strong>{gateway.name}</strong>
                <div className="soft">{gateway.code}</div>
              </td>
              <td>{organisations.data?.find(({ id }) => id === gateway.organisationId)?.name ?? '—'}</td>
              <td className="nowrap">{instant(gateway.createdAt, 'full')}</td>
              <td>
                <Pill tone={gateway.revokedAt === null ? 'success' : 'neutral'}>
                  {gateway.revokedAt === null ? t('user.active') : t('key.revoked')}
                </Pill>
              </td>
              <td className="table-actions">
                {writes && gateway.revokedAt === null ? (
                  <>
                    <IxButton variant="tertiary" onClick={() => onAsk({ what: 'rotate', gateway })}>
                      {t('gateway.rotate')}
                    </IxButton>
                    <IxButton variant="tertiary" onClick={() => onAsk({ what: 'revoke', gateway })}>
                      {t('key.revoke')}
                    </IxButton>
                  </>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
