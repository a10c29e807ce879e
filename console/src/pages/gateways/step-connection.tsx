import { useTranslation } from 'react-i18next';
import { useCodeText } from '../../ui/code-text.ts';
import { ConnectionTest } from './connection-test.tsx';
import type { DraftConnection } from './draft.ts';
import { missingSettings } from './driver-schema.ts';
import { canDiscover } from './drivers.ts';
import { KindChoice } from './kind-choice.tsx';
import { OfferChoice } from './offer-choice.tsx';
import { SettingsForm } from './settings-form.tsx';
import { StepFrame } from './step-frame.tsx';
import type { StepProps } from './wizard-page.tsx';

/** What kind of machine it is, and where it is reached. */
export function StepConnection({ draft, change, back, next }: StepProps) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const { connection } = draft;
  if (!connection) {
    return (
      <StepFrame title={t('onboarding.kind-title')} lead={t('onboarding.kind-lead')} onBack={back}>
        <KindChoice draft={draft} onChoose={change} />
      </StepFrame>
    );
  }
  const put = (settings: DraftConnection['settings']) => change({ connection: { ...connection, settings } });
  const missing = missingSettings(connection);
  return (
    <StepFrame
      title={t('onboarding.connection-title', { driver: codeText('driver', connection.driver) })}
      lead={t('onboarding.connection-lead')}
      onBack={() => change({ connection: null, template: null })}
      onNext={next}
      ready={missing.length === 0}
    >
      <SettingsForm
        driver={connection.driver}
        settings={connection.settings}
        ask={connection.ask}
        onChange={put}
      />
      {missing.length > 0 ? (
        <p className="soft" role="status">
          {t('onboarding.still-missing', { names: missing.map((one) => t(one)).join(' · ') })}
        </p>
      ) : null}
      {canDiscover(connection.driver) ? (
        <OfferChoice
          gatewayId={draft.gateway?.id ?? ''}
          connection={connection}
          ready={missing.length === 0}
          onChoose={put}
        />
      ) : null}
      <ConnectionTest
        key={JSON.stringify(connection.settings)}
        gatewayId={draft.gateway?.id ?? ''}
        connection={connection}
        ready={missing.length === 0}
      />
    </StepFrame>
  );
}
