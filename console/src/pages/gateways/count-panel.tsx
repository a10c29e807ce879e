import type { CountSource } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';
import { number } from '../../ui/format.ts';
import type { Draft } from './draft.ts';
import type { LiveValues } from './live-values.ts';
import { piecesSince } from './meaning.ts';

type Props = Readonly<{
  draft: Draft;
  count: CountSource;
  live: LiveValues;
  onChange: (count: CountSource) => void;
}>;

export function CountPanel({ draft, count, live, onChange }: Props) {
  const { t } = useTranslation();
  const put = (name: string) => (value: number | undefined) => {
    const rest = Object.entries(count).filter(([one]) => one !== name);
    // The same source with one of its own numbers changed or left out.
    onChange(Object.fromEntries(value === undefined ? rest : [...rest, [name, value]]) as CountSource);
  };
  return (
    <div className="meaning">
      <h3>{t('onboarding.role-count')}</h3>
      <div className="form-grid">
        <Field label={t('onboarding.count-from')}>
          <select
            value={count.from}
            onChange={({ target }) =>
              onChange(
                target.value === 'pulse'
                  ? { from: 'pulse', tag: count.tag, debounceMs: 5 }
                  : { from: 'counter', tag: count.tag },
              )
            }
          >
            <option value="counter">{t('onboarding.count-counter')}</option>
            <option value="pulse">{t('onboarding.count-pulse')}</option>
          </select>
        </Field>
        {count.from === 'counter' ? (
          <Field label={t('onboarding.modulus')} help={t('onboarding.modulus-help')}>
            <select
              value={String(count.modulus ?? '')}
              onChange={({ target }) =>
                put('modulus')(target.value === '' ? undefined : Number(target.value))
              }
            >
              <option value="">{t('onboarding.modulus-none')}</option>
              {moduli(count.modulus).map((one) => (
                <option key={one} value={one}>
                  {number(one)}
                </option>
              ))}
            </select>
          </Field>
        ) : (
          <NumberField
            label={t('onboarding.debounce')}
            help={t('onboarding.debounce-help')}
            value={count.debounceMs}
            onChange={put('debounceMs')}
          />
        )}
        <NumberField
          label={t('onboarding.pieces')}
          help={t('onboarding.pieces-help')}
          value={count.pieces}
          onChange={put('pieces')}
        />
        <NumberField
          label={t('onboarding.max-per-s')}
          help={t('onboarding.max-per-s-help')}
          value={count.maxPerS}
          onChange={put('maxPerS')}
        />
      </div>
      <CountSentence draft={draft} count={count} live={live} />
    </div>
  );
}

/** Widths of the usual registers, and the one that is set. */
function moduli(set: number | undefined): readonly number[] {
  return [...new Set([65_536, 4_294_967_296, ...(set ? [set] : [])])];
}

type SentenceProps = Pick<Props, 'draft' | 'count' | 'live'>;

function CountSentence({ draft, count, live }: SentenceProps) {
  const { t } = useTranslation();
  const tag = draft.tags.find(({ name }) => name === count.tag);
  const value = tag ? live.of(tag) : undefined;
  const text = () => {
    if (value?.quality !== 'good') return t('onboarding.count-waits');
    if (count.from === 'pulse')
      return t('onboarding.count-pulse-now', {
        value: String(value.value),
        pieces: number(count.pieces ?? 1, 2),
      });
    const pieces = piecesSince(count, value.first, value.value);
    if (pieces === null) return t('onboarding.count-no-number', { value: String(value.value) });
    return t('onboarding.count-now', {
      first: number(Number(value.first), 2),
      now: number(Number(value.value), 2),
      pieces: number(pieces, 2),
    });
  };
  return (
    <p className="sentence" aria-live="polite">
      {text()}
    </p>
  );
}

type NumberProps = Readonly<{
  label: string;
  help: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}>;

export function NumberField({ label, help, value, onChange }: NumberProps) {
  return (
    <Field label={label} help={help}>
      <input
        type="number"
        inputMode="decimal"
        step="any"
        min={0}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value === '' ? undefined : Number(target.value))}
      />
    </Field>
  );
}
