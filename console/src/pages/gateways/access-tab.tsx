import type { EnrolmentCode, Gateway, GatewayToken } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Panel } from '../../ui/page.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { tellDone, tellRefused } from '../../ui/toast.ts';
import { ConfirmDialog } from '../admin/confirm-dialog.tsx';
import { EnrolPanel } from './enrol-panel.tsx';
import { TokenDialog } from './token-dialog.tsx';

const ACTS = ['rotate', 'token', 'revoke'] as const;
type Act = (typeof ACTS)[number];

/** Who the box is to the platform. */
export function AccessTab({ gateway }: { readonly gateway: Gateway }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const [code, setCode] = useState<EnrolmentCode | null>(null);
  const [asked, setAsked] = useState<Act | null>(null);
  const [made, setMade] = useState<GatewayToken | null>(null);
  const act = useMutation({
    mutationFn: async (what: Act) => {
      if (what === 'token') setMade(await gatewayApi.newToken(gateway.id));
      else if (what === 'rotate') await gatewayApi.rotate(gateway.id);
      else await gatewayApi.revoke(gateway.id);
    },
    onSuccess: async (_nothing, what) => {
      setAsked(null);
      if (what === 'rotate') tellDone(t('gateways.rotate-done'));
      if (what === 'revoke') tellDone(t('gateway.revoked-done'));
      await client.invalidateQueries();
    },
    onError: (error) => tellRefused(text(error)),
  });
  const acts = ACTS.filter((one) => one === 'rotate' || may(me, 'gateway.write'));
  return (
    <div className="stack">
      {may(me, 'gateway.enrol') ? (
        <Panel title={t('gateways.enrol')} hint={t('gateways.enrol-hint')}>
          <EnrolPanel gatewayId={gateway.id} code={code} onCode={setCode} replaceable>
            {(_online, panel) => panel}
          </EnrolPanel>
        </Panel>
      ) : null}
      <Panel title={t('gateways.credential')}>
        <ul className="connection-list">
          {acts.map((one) => (
            <li key={one} className="row">
              <span className="grow">{t(`gateways.${one}-about`)}</span>
              <IxButton
                variant={one === 'revoke' ? 'danger-secondary' : 'secondary'}
                onClick={() => setAsked(one)}
              >
                {t(`gateways.${one}`)}
              </IxButton>
            </li>
          ))}
        </ul>
      </Panel>
      {made ? <TokenDialog made={made} onClose={() => setMade(null)} /> : null}
      {asked ? (
        <ConfirmDialog
          title={t(`gateways.${asked}-title`, { name: gateway.name })}
          text={t(`gateways.${asked}-about`)}
          action={t(`gateways.${asked}-do`, { name: gateway.name })}
          busy={act.isPending}
          onConfirm={() => act.mutate(asked)}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </div>
  );
}
