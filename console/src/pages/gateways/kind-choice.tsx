import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGatewayConfig } from '../../api/gateway.ts';
import { useCodeText } from '../../ui/code-text.ts';
import { Segments } from '../../ui/segments.tsx';
import { type Draft, withDriver, withTemplate } from './draft.ts';
import { DRIVER_CHOICES } from './drivers.ts';
import { TemplateChoice } from './template-choice.tsx';

const WAYS = ['template', 'protocol', 'known'] as const;
type Way = (typeof WAYS)[number];
type KindProps = Readonly<{ draft: Draft; onChoose: (draft: Draft) => void }>;

/** By what is known of the machine: its kind, its protocol, or that it hangs on what another one hangs on. */
export function KindChoice({ draft, onChoose }: KindProps) {
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
