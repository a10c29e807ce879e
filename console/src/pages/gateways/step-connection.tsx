import type { MachineTemplate } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useGatewayConfig } from '../../api/gateway.ts';
import { currentLanguage } from '../../i18n/languages.ts';
import { useCodeText } from '../../ui/code-text.ts';
import { number } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import { tellRefused } from '../../ui/toast.ts';
import { type Draft, type DraftConnection, withDriver, withTemplate } from './draft.ts';
import { DRIVER_CHOICES } from './drivers.ts';
import { SettingsForm } from './settings-form.tsx';
import { StatusPill } from './status-pill.tsx';
import { StepFrame } from './step-frame.tsx';
import { readTemplate, shippedTemplates } from './templates.ts';
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
  return (
    <StepFrame
      title={t('onboarding.connection-title', { driver: codeText('driver', connection.driver) })}
      lead={t('onboarding.connection-lead')}
      onBack={() => change({ connection: null, template: null })}
      onNext={next}
    >
      <SettingsForm
        driver={connection.driver}
        settings={connection.settings}
        ask={connection.ask}
        onChange={put}
      />
      <ConnectionTest
        key={JSON.stringify(connection.settings)}
        gatewayId={draft.gateway?.id ?? ''}
        connection={connection}
      />
    </StepFrame>
  );
}

type TestProps = Readonly<{ gatewayId: string; connection: DraftConnection }>;

/** The agent tries it, because only the agent stands in the factory's network. */
function ConnectionTest({ gatewayId, connection }: TestProps) {
  const { t } = useTranslation();
  const { driver, settings } = connection;
  const test = useMutation({
    mutationFn: () => gatewayApi.ask(gatewayId, { kind: 'test', driver, settings }),
  });
  const answer = test.data;
  return (
    <div className="stack">
      <div className="row">
        <IxButton variant="secondary" loading={test.isPending} onClick={() => test.mutate()}>
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
            <p>{answer.error}</p>
            <p className="soft">{t('onboarding.test-hint')}</p>
          </div>
        </div>
      ) : null}
      <Refusal error={test.error} />
    </div>
  );
}

const WAYS = ['template', 'protocol', 'known'] as const;
type Way = (typeof WAYS)[number];
type KindProps = Readonly<{ draft: Draft; onChoose: (draft: Draft) => void }>;

function KindChoice({ draft, onChoose }: KindProps) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const [way, setWay] = useState<Way>('template');
  const config = useGatewayConfig(draft.gateway?.id);
  const known = config.data?.config.connections ?? [];
  const ways = WAYS.filter((one) => one !== 'known' || known.length > 0);
  return (
    <div className="stack">
      <Segments
        label={t('onboarding.kind-title')}
        value={way}
        options={ways.map((one) => [one, t(`onboarding.kind-${one}`)])}
        onChange={setWay}
      />
      {way === 'template' ? <TemplateChoice onChoose={(one) => onChoose(withTemplate(draft, one))} /> : null}
      {way === 'protocol' ? (
        <ul className="choice-list choice-grid">
          {DRIVER_CHOICES.map(([name, settings]) => (
            <li key={name}>
              <button
                type="button"
                className="choice"
                onClick={() => onChoose(withDriver(draft, name, settings))}
              >
                <strong>{t(`driver.${name}`)}</strong>
                <span className="soft">{t(`driver-text.${name}`)}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {way === 'known' ? (
        <ul className="choice-list choice-grid">
          {known.map((one) => (
            <li key={one.code}>
              <button
                type="button"
                className="choice"
                onClick={() => onChoose(withDriver(draft, one.driver, one.settings))}
              >
                <strong>{one.code}</strong>
                <span className="soft">{codeText('driver', one.driver)}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** Larger files are no templates. */
const TEMPLATE_BYTES_MAX = 256 * 1024;

function TemplateChoice({ onChoose }: { readonly onChoose: (template: MachineTemplate) => void }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const [templates] = useState(shippedTemplates);
  const language = currentLanguage();
  const open = async (file: File | undefined) => {
    if (!file) return;
    const template = file.size > TEMPLATE_BYTES_MAX ? null : readTemplate(await file.text());
    if (template) onChoose(template);
    else tellRefused(t('onboarding.no-template', { file: file.name }));
  };
  return (
    <div className="stack">
      <ul className="choice-list choice-grid">
        {templates.map((one) => (
          <li key={one.template}>
            <button type="button" className="choice" onClick={() => onChoose(one)}>
              <strong>{one.name[language]}</strong>
              <span>{one.text[language]}</span>
              <span className="soft">{codeText('driver', one.connection.driver)}</span>
            </button>
          </li>
        ))}
      </ul>
      <label className="file-choice">
        {t('onboarding.template-file')}
        <input
          type="file"
          accept=".yaml,.yml"
          onChange={({ target }) => {
            void open(target.files?.[0]);
            target.value = '';
          }}
        />
      </label>
    </div>
  );
}
