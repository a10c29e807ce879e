import type { EnrolmentCode } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useGatewayHealth } from '../../api/gateway.ts';
import { Failure } from '../../ui/answer.tsx';
import { countdown, duration } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Secret } from '../../ui/secret.tsx';
import { StatusPill } from './status-pill.tsx';

type Props = Readonly<{
  gatewayId: string;
  code: EnrolmentCode | null;
  onCode: (code: EnrolmentCode) => void;
  /** A code may be shown while an agent speaks: another box takes its place. */
  replaceable?: boolean;
  children: (online: boolean, panel: ReactNode) => ReactNode;
}>;

/** While somebody types at the box the answer should be there as they look up. */
const WATCH_EVERY_MS = 1_500;

/** The code, the command to type, and the wait for the agent that it starts. */
export function EnrolPanel({ gatewayId, code, onCode, replaceable = false, children }: Props) {
  const { t } = useTranslation();
  const health = useGatewayHealth(gatewayId, WATCH_EVERY_MS);
  const make = useMutation({ mutationFn: () => gatewayApi.enrolmentCode(gatewayId), onSuccess: onCode });
  const { data } = health;
  if (!data) {
    const failed = health.error ? <Failure error={health.error} retry={() => void health.refetch()} /> : null;
    return children(false, failed);
  }
  const offer = (
    <Offer
      code={code?.gatewayId === gatewayId ? code : null}
      replaces={data.online}
      busy={make.isPending}
      onAsk={() => make.mutate()}
    />
  );
  if (data.online) {
    const said = data.health;
    return children(
      true,
      <div className="stack">
        <div className="arrived" role="status">
          <StatusPill tone="success">{t('gateways.online')}</StatusPill>
          <span>
            {t('onboarding.agent-says', { host: said?.hostName ?? '', version: said?.agentVersion ?? '' })}
          </span>
        </div>
        {replaceable ? (
          <>
            <p className="soft">{t('gateways.replace-about')}</p>
            {offer}
            <Refusal error={make.error} />
          </>
        ) : null}
      </div>,
    );
  }
  return children(
    false,
    <div className="stack">
      {data.ageMs !== null ? <p>{t('onboarding.agent-silent', { age: duration(data.ageMs) })}</p> : null}
      {offer}
      <Refusal error={make.error} />
      {code?.gatewayId === gatewayId || data.ageMs !== null ? (
        <p className="waiting" role="status">
          {t('onboarding.waiting-agent')}
        </p>
      ) : null}
    </div>,
  );
}

type OfferProps = Readonly<{
  code: EnrolmentCode | null;
  /** There is an agent that would be put out of its place. */
  replaces: boolean;
  busy: boolean;
  onAsk: () => void;
}>;

function Offer({ code, replaces, busy, onAsk }: OfferProps) {
  const { t } = useTranslation();
  if (code) return <Command code={code} onAgain={onAsk} busy={busy} />;
  return (
    <div>
      <IxButton variant={replaces ? 'secondary' : 'primary'} loading={busy} onClick={onAsk}>
        {t('onboarding.show-code')}
      </IxButton>
    </div>
  );
}

type CommandProps = Readonly<{ code: EnrolmentCode; onAgain: () => void; busy: boolean }>;

function Command({ code, onAgain, busy }: CommandProps) {
  const { t } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const left = code.expiresAt - now;
  if (left <= 0) {
    return (
      <div className="stack">
        <p>{t('onboarding.code-over')}</p>
        <div>
          <IxButton loading={busy} onClick={onAgain}>
            {t('onboarding.show-code')}
          </IxButton>
        </div>
      </div>
    );
  }
  const args = `--server ${window.location.origin} --enrol ${code.code}`;
  return (
    <div className="stack">
      <p className="enrol-code" data-testid="enrolment-code">
        {code.code}
      </p>
      <p className="soft">{t('onboarding.code-left', { left: countdown(left) })}</p>
      <Secret label={t('onboarding.command')} value={`npx millrace-edge ${args}`} />
      <details>
        <summary>{t('onboarding.command-checkout')}</summary>
        <Secret label={t('onboarding.command-checkout-label')} value={`npm run edge -- ${args}`} />
      </details>
    </div>
  );
}
