import type { AlarmBasis } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { number } from './format.ts';
import { withUnit } from './unit-text.ts';

/** Of an alarm or of its news. */
export type SayableAlarm = Readonly<{ value: number; limit: number | null; basis?: AlarmBasis | null }>;

/** As fine as a sensor is. */
const DIGITS = 3;

/** What a rule found, as a sentence: which tag, its value with unit, and the limit it crossed. */
export function useAlarmText(): (alarm: SayableAlarm) => string {
  const { t } = useTranslation();
  return ({ value, limit, basis }) => {
    const said = (amount: number): string => withUnit(number(amount, DIGITS), basis?.unit);
    const words = { tag: basis?.tag ?? '', value: said(value), limit: limit === null ? '—' : said(limit) };
    if (!basis) return t('alarm.unknown', words);
    if (basis.kind !== 'threshold' && basis.kind !== 'moving-average') return t(`alarm.${basis.kind}`, words);
    return t(`alarm.${basis.kind}-${limit !== null && value < limit ? 'below' : 'above'}`, words);
  };
}
