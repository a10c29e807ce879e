import { useTranslation } from 'react-i18next';
import { number } from '../../ui/format.ts';

const STEPS = [1, 10, 100] as const;

type Props = Readonly<{
  label: string;
  value: number;
  /** Pieces still missing; one tap reports them all. 0 = no such button. */
  rest: number;
  onChange: (value: number) => void;
}>;

/** A number for thumbs and gloves: type it, or tap it together. */
export function Counter({ label, value, rest, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <fieldset className="counter">
      <legend>{label}</legend>
      <input
        type="text"
        inputMode="numeric"
        aria-label={label}
        value={value}
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => onChange(Number(target.value.replaceAll(/\D/g, '').slice(0, 9)))}
      />
      {STEPS.map((step) => (
        <button key={step} type="button" onClick={() => onChange(value + step)}>
          +{step}
        </button>
      ))}
      {rest > 0 ? (
        <button type="button" onClick={() => onChange(rest)}>
          {t('report.rest', { rest: number(rest) })}
        </button>
      ) : null}
      <button type="button" onClick={() => onChange(0)}>
        {t('report.clear')}
      </button>
    </fieldset>
  );
}
