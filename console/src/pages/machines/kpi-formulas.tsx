import type { Kpi, OeeSheet } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { number, percent } from '../../ui/format.ts';

const ORDER = ['availability', 'effectiveness', 'quality', 'oee', 'nee'] as const;
const WORDS = /\b(?:availability|effectiveness|quality)\b/g;

/** Every KPI with its formula and the numbers that went in: nobody has to believe a percentage. */
export function KpiFormulas({ sheet }: { readonly sheet: OeeSheet }) {
  const { t } = useTranslation();
  // The standard's abbreviations are the same everywhere, its words are not.
  const spelled = (text: string) => text.replaceAll(WORDS, (word) => t(`kpi.${word}`));
  return (
    <div className="kpi-formulas">
      {ORDER.map((name) => (
        <div key={name} className="kpi-formula">
          <span>{t(`kpi.${name}`)}</span>
          <strong>{shareOf(sheet[name])}</strong>
          <code>{spelled(`${sheet[name].formula} = ${inputsOf(sheet[name])}`)}</code>
        </div>
      ))}
    </div>
  );
}

function shareOf({ value }: Kpi): string {
  return value === null ? '—' : percent(value, 1);
}

function inputsOf({ inputs }: Kpi): string {
  return Object.entries(inputs)
    .map(([name, value]) => `${name} ${value === null ? '—' : number(value, Math.abs(value) < 10 ? 4 : 1)}`)
    .join(' · ');
}
