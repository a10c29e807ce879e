import type { GatewaySummary } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGatewaySummaries } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { rowsOf } from '../../ui/rows-of.ts';
import { EnrolPanel } from './enrol-panel.tsx';
import { GatewaySearchField, gatewaysLike } from './gateway-search-field.tsx';
import { NewGateway } from './new-gateway.tsx';
import { OnlinePill } from './online-pill.tsx';
import { StepFrame } from './step-frame.tsx';
import { neediestFirst } from './troubles.ts';
import type { StepProps } from './wizard-page.tsx';

/** The box: one that is there, or a new one with its code. */
export function StepGateway({ draft, change, next }: StepProps) {
  const { t } = useTranslation();
  if (!draft.gateway) {
    return (
      <StepFrame title={t('onboarding.gateway-title')} lead={t('onboarding.gateway-lead')}>
        <ChooseGateway
          onChoose={(gateway) => {
            change({ gateway, code: null, machine: null });
          }}
        />
      </StepFrame>
    );
  }
  const { gateway } = draft;
  return (
    <EnrolPanel gatewayId={gateway.id} code={draft.code} onCode={(code) => change({ code })}>
      {(online, panel) => (
        <StepFrame
          title={
            online
              ? t('onboarding.agent-there', { name: gateway.name })
              : t('onboarding.enrol-title', { name: gateway.name })
          }
          lead={online ? t('onboarding.agent-there-lead') : t('onboarding.enrol-lead')}
          onBack={() => change({ gateway: null, code: null, machine: null })}
          onNext={next}
          ready={online}
        >
          {panel}
        </StepFrame>
      )}
    </EnrolPanel>
  );
}

/** A long list is searched, not scrolled. */
const SHOWN_MAX = 8;
type Chosen = GatewaySummary['gateway'];

function ChooseGateway({ onChoose }: { readonly onChoose: (gateway: Chosen) => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const query = useGatewaySummaries();
  const [search, setSearch] = useState('');
  return (
    <Answer query={rowsOf(query)}>
      {(rows) => {
        const open = neediestFirst(rows).filter(({ gateway }) => gateway.revokedAt === null);
        const found = gatewaysLike(open, search);
        return (
          <div className="wizard-columns">
            {open.length > 0 ? (
              <div className="stack">
                <h3>{t('onboarding.gateway-existing')}</h3>
                <GatewaySearchField gateways={open.length} value={search} onChange={setSearch} />
                <ul className="choice-list">
                  {found.slice(0, SHOWN_MAX).map((one) => (
                    <li key={one.gateway.id}>
                      <button type="button" className="choice" onClick={() => onChoose(one.gateway)}>
                        <strong>{one.gateway.name}</strong>
                        <span className="soft">{one.gateway.code}</span>
                        <OnlinePill summary={one} />
                      </button>
                    </li>
                  ))}
                </ul>
                {found.length > SHOWN_MAX ? (
                  <p className="soft">{t('onboarding.more-found', { more: found.length - SHOWN_MAX })}</p>
                ) : null}
                {query.hasNextPage ? (
                  <IxButton variant="tertiary" onClick={() => void query.fetchNextPage()}>
                    {t('common.more')}
                  </IxButton>
                ) : null}
              </div>
            ) : null}
            {may(me, 'gateway.write') ? <NewGateway onMade={onChoose} /> : null}
          </div>
        );
      }}
    </Answer>
  );
}
