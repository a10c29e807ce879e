import type { StateSource } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';
import { MachineStatePill } from '../../ui/pill.tsx';
import { NumberField } from './count-panel.tsx';
import type { Draft } from './draft.ts';
import type { LiveValues } from './live-values.ts';
import { stateBy } from './meaning.ts';

type Props = Readonly<{ draft: Draft; live: LiveValues; onChange: (state: StateSource | null) => void }>;

/** Where the state comes from: a signal, the pieces, a current; or rules that somebody has written. */
export function StatePanel({ draft, live, onChange }: Props) {
  const { t } = useTranslation();
  const { state, count } = draft;
  if (!state && !count) return null;
  const current = state?.from ?? 'motion';
  const choose = (from: string) => {
    const tag = state && 'tag' in state ? state.tag : undefined;
    if (from === 'motion') onChange({ from: 'motion', idleAfterS: 60 });
    else if (from === 'signal' && tag) onChange({ from: 'signal', tag });
    else if (from === 'current' && tag) onChange({ from: 'current', tag, runningAbove: 2, idleBelow: 1 });
  };
  const hasTag = state !== null && 'tag' in state;
  const ways = [
    ...(hasTag ? ['signal', 'current'] : []),
    ...(count ? ['motion'] : []),
    ...(state?.from === 'rules' ? ['rules'] : []),
  ];
  return (
    <div className="meaning">
      <h3>{t('onboarding.role-state')}</h3>
      <div className="form-grid">
        <Field label={t('onboarding.state-from')}>
          <select value={current} onChange={({ target }) => choose(target.value)}>
            {ways.map((one) => (
              <option key={one} value={one}>
                {t(`onboarding.state-${one}`)}
              </option>
            ))}
          </select>
        </Field>
        {state ? <StateNumbers state={state} onChange={onChange} /> : null}
      </div>
      {state ? <StateSentence draft={draft} state={state} live={live} /> : null}
    </div>
  );
}

type NumbersProps = Readonly<{ state: StateSource; onChange: (state: StateSource) => void }>;

function StateNumbers({ state, onChange }: NumbersProps) {
  const { t } = useTranslation();
  if (state.from === 'motion') {
    return (
      <NumberField
        label={t('onboarding.idle-after')}
        help={t('onboarding.idle-after-help')}
        value={state.idleAfterS}
        onChange={(idleAfterS) => onChange({ ...state, idleAfterS: idleAfterS ?? 60 })}
      />
    );
  }
  if (state.from === 'signal') {
    return (
      <Field label={t('onboarding.running-values')} help={t('onboarding.running-values-help')}>
        <input
          value={(state.values ?? []).join(', ')}
          onChange={({ target }) => {
            const values = target.value.split(',').map(typedText);
            const { values: _old, ...rest } = state;
            onChange(target.value.trim() === '' ? rest : { ...rest, values });
          }}
        />
      </Field>
    );
  }
  if (state.from === 'current') {
    return (
      <>
        <NumberField
          label={t('onboarding.running-above')}
          help={t('onboarding.in-unit')}
          value={state.runningAbove}
          onChange={(value) => onChange({ ...state, runningAbove: value ?? 0 })}
        />
        <NumberField
          label={t('onboarding.idle-below')}
          help={t('onboarding.in-unit')}
          value={state.idleBelow}
          onChange={(value) => onChange({ ...state, idleBelow: value ?? 0 })}
        />
      </>
    );
  }
  return null;
}

function typedText(text: string): string | number {
  const trimmed = text.trimStart();
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

type SentenceProps = Readonly<{ draft: Draft; state: StateSource; live: LiveValues }>;

function StateSentence({ draft, state, live }: SentenceProps) {
  const { t } = useTranslation();
  if (state.from === 'motion') {
    return <p className="sentence">{t('onboarding.state-motion-now', { seconds: state.idleAfterS })}</p>;
  }
  if (state.from === 'rules') return <p className="sentence">{t('onboarding.state-rules-now')}</p>;
  const tag = draft.tags.find(({ name }) => name === state.tag);
  const value = tag ? live.of(tag) : undefined;
  if (value?.quality !== 'good') {
    return (
      <p className="sentence" aria-live="polite">
        {t('onboarding.state-waits')}
      </p>
    );
  }
  const now = stateBy(state, value.value);
  return (
    <p className="sentence row" aria-live="polite">
      {t('onboarding.state-now')} {now ? <MachineStatePill state={now} /> : t('onboarding.state-between')}
    </p>
  );
}
