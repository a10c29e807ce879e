import type { EnrolmentCode } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useGatewayHealth } from '../../api/gateway.ts';
import { Failure } from '../../ui/answer.tsx';
import { countdown, duration } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Secret } from '../../ui/secret.tsx';

type Props = Readonly<{
  gatewayId: string;
  code: EnrolmentCode | null;
  onCode: (code: EnrolmentCode) => void;
  children: (online: boolean, panel: ReactNode) => ReactNode;
}>;

/** While somebody types at the box the answer should be there as they look up. */
const WATCH_EVERY_MS = 1_500;

/** The code, the command to type, and the wait for the agent that it starts. */
export function EnrolPanel({ gatewayId, code, onCode, children }: Props) {
  const { t } = useTranslation();
  const health = useGatewayHealth(gatewayId, WATCH_EVERY_MS);
  const make = useMutation({ mutationFn: () => gatewayApi.enrolmentCode(gatewayId), onSuccess: onCode });
  const { data } = health;
  if (!data) {
    const failed = health.error ? <Failure error={health.error} retry={() => void health.refetch()} /> : null;
    return children(false, failed);
  }
  if (data.online) {
    const said = data.health;
    return children(
      true,
      <div className="arrived" role="status">
        <Pill tone="success">{t('gateways.online')}</Pill>
        <span>
          {t('onboarding.agent-says', { host: said?.hostName ?? '', version: said?.agentVersion ?? '' })}
        </span>
      </div>,
    );
  }
  const mine = code?.gatewayId === gatewayId ? code : null;
  return children(
    false,
    <div className="stack">
      {data.ageMs !== null ? <p>{t('onboarding.agent-silent', { age: duration(data.ageMs) })}</p> : null}
      {mine ? <Command code={mine} onAgain={() => make.mutate()} busy={make.isPending} /> : null}
      {mine ? null : (
        <div>
          <IxButton loading={make.isPending} onClick={() => make.mutate()}>
            {t('onboarding.show-code')}
          </IxButton>
        </div>
      )}
      <Refusal error={make.error} />
      {mine || data.ageMs !== null ? (
        <p className="waiting" role="status">
          {t('onboarding.waiting-agent')}
        </p>
      ) : null}
    </div>,
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
