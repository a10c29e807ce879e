import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';
import { CountPanel } from './count-panel.tsx';
import { useLiveValues } from './live-values.ts';
import { ROLES, roleOf, withRole } from './meaning.ts';
import { StatePanel } from './state-panel.tsx';
import { StepFrame } from './step-frame.tsx';
import { ValueText } from './value-text.tsx';
import type { StepProps } from './wizard-page.tsx';

/** What the values mean, with a sentence of what would be counted right now. */
export function StepMeaning({ draft, change, back, next }: StepProps) {
  const { t } = useTranslation();
  const live = useLiveValues(draft);
  const { count, state, energy } = draft;
  return (
    <StepFrame
      title={t('onboarding.meaning-title')}
      lead={t('onboarding.meaning-lead')}
      onBack={back}
      onNext={next}
      ready={count !== null || state !== null || energy !== null || draft.signals.length > 0}
    >
      <ul className="tag-list">
        {draft.tags.map((tag) => {
          const value = live.of(tag);
          return (
            <li key={tag.name} className="tag-meaning">
              <div className="tag-head">
                <strong>{tag.name}</strong>
                <ValueText live={value} unit={tag.unit} />
              </div>
              <Field label={t('onboarding.what-is', { name: tag.name })}>
                <select
                  value={roleOf(draft, tag)}
                  onChange={({ target }) => {
                    const role = ROLES.find((one) => one === target.value) ?? 'none';
                    change(withRole(draft, tag, role, value?.value));
                  }}
                >
                  {ROLES.map((role) => (
                    <option key={role} value={role}>
                      {t(`onboarding.role-${role}`)}
                    </option>
                  ))}
                </select>
              </Field>
            </li>
          );
        })}
      </ul>
      {count ? (
        <CountPanel draft={draft} count={count} live={live} onChange={(next) => change({ count: next })} />
      ) : null}
      <StatePanel draft={draft} live={live} onChange={(next) => change({ state: next })} />
      {energy ? (
        <div className="meaning">
          <h3>{t('onboarding.role-energy')}</h3>
          <div className="form-grid">
            <Field label={t('onboarding.energy-kind')}>
              <select
                value={energy.kind}
                onChange={({ target }) =>
                  change({ energy: { ...energy, kind: target.value === 'power' ? 'power' : 'meter' } })
                }
              >
                <option value="meter">{t('onboarding.energy-meter')}</option>
                <option value="power">{t('onboarding.energy-power')}</option>
              </select>
            </Field>
          </div>
        </div>
      ) : null}
    </StepFrame>
  );
}
