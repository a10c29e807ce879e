import type { FeedEvent } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { type SayableAlarm, useAlarmText } from '../../ui/alarm-text.ts';
import { useCodeText } from '../../ui/code-text.ts';
import { instant, number } from '../../ui/format.ts';
import { useCommandWords } from './command-words.ts';

/** Payload fields that are instants, from the event schemas of the contract. */
const INSTANTS = new Set([
  'at',
  'since',
  'finishAt',
  'arriveAt',
  'plannedFinish',
  'projectedFinish',
  'estimatedArrival',
]);

/** An event as a headline and a sentence, with names for ids and units on numbers. */
export function useFeedSentence(): (event: FeedEvent) => { title: string; text: string } {
  const { t, i18n } = useTranslation();
  const codeText = useCodeText();
  const commandWords = useCommandWords();
  const alarmText = useAlarmText();
  return (event) => {
    const values: Record<string, string> = {};
    for (const [key, value] of Object.entries(event.payload)) {
      if (key.endsWith('Id') && typeof value === 'string') {
        values[key.slice(0, -2)] = event.names[value] ?? event.names[key] ?? value.slice(-6);
      } else if (typeof value === 'number') {
        values[key] = INSTANTS.has(key) ? instant(value, 'moment') : number(value);
      } else if (typeof value === 'string') {
        values[key] = wordOf(key, value, codeText);
      }
    }
    if (event.kind === 'edge-alarm-raised') values.why = alarmText(alarmOf(event.payload));
    if (event.kind.startsWith('machine-command-')) Object.assign(values, commandWords(event.payload));
    const known = i18n.exists(`feed.${event.kind}.title`);
    if (!known)
      return { title: event.kind.replaceAll('-', ' '), text: Object.values(event.names).join(' · ') };
    return { title: t(`feed.${event.kind}.title`, values), text: t(`feed.${event.kind}.text`, values) };
  };
}

/** By the contract's schema of this kind of event; news of an older server has no basis. */
const alarmOf = (payload: FeedEvent['payload']): SayableAlarm => payload as unknown as SayableAlarm;

function wordOf(key: string, value: string, codeText: ReturnType<typeof useCodeText>): string {
  if (key === 'from' || key === 'to' || key === 'state') return codeText('machine-state', value);
  if (key === 'trigger') return codeText('trigger', value);
  if (key === 'reason') return codeText('reason', value);
  if (key === 'by' && value === 'policy') return codeText('reason', value);
  if (key === 'lock') return codeText('lock', value);
  return value;
}
