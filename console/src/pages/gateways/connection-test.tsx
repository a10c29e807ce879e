import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { useSaid } from '../../i18n/said.tsx';
import { number } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import type { DraftConnection } from './draft.ts';
import { StatusPill } from './status-pill.tsx';

type TestProps = Readonly<{
  gatewayId: string;
  connection: DraftConnection;
  /** Enough is entered to try. */
  ready: boolean;
}>;

/** The agent tries it, because only the agent stands in the factory's network. */
export function ConnectionTest({ gatewayId, connection, ready }: TestProps) {
  const { t } = useTranslation();
  const say = useSaid();
  const { driver, settings } = connection;
  const test = useMutation({
    mutationFn: () => gatewayApi.ask(gatewayId, { kind: 'test', driver, settings }),
  });
  const answer = test.data;
  return (
    <div className="stack">
      <div className="row">
        <IxButton
          variant="secondary"
          disabled={!ready}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t('onboarding.test')}
        </IxButton>
        {test.isPending ? <span className="soft">{t('onboarding.testing')}</span> : null}
        {answer && answer.error === null ? (
          <span role="status">
            <StatusPill tone="success">
              {t('onboarding.test-good', { ms: number(answer.latencyMs ?? 0) })}
            </StatusPill>
          </span>
        ) : null}
      </div>
      {answer && answer.error !== null ? (
        <div className="refusal" role="alert">
          <div>
            <strong>{t('onboarding.test-bad')}</strong>
            <p>{say(answer.error)}</p>
            <p className="soft">{t('onboarding.test-hint')}</p>
          </div>
        </div>
      ) : null}
      <Refusal error={test.error} />
    </div>
  );
}
