import type { FeedEvent } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { useCodeText } from '../../ui/code-text.ts';

/** What a sentence about a command needs beside its plain fields: the wish, and what is said only where there is something to say. */
export function useCommandWords(): (payload: FeedEvent['payload']) => Record<string, string> {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const say = useSaid();
  return ({ command, value, outcome, refusal, detail, readBack, class: kind }) => {
    const why = [
      typeof refusal === 'string' ? codeText('command-refusal', refusal) : '',
      typeof detail === 'string' ? detail : '',
    ].filter((part) => part !== '');
    const shown = isValue(readBack) ? t('commands.read-back', { value: String(readBack) }) : '';
    return {
      wish: isValue(value) ? `${String(command)} = ${String(value)}` : String(command),
      outcome: typeof outcome === 'string' ? codeText('command-state', outcome) : '',
      why: why.length === 0 ? '' : ` · ${say(why.join(': '))}`,
      shown: shown === '' ? '' : ` · ${shown}`,
      waits: kind === 'dangerous' ? ` · ${t('command-state.awaiting-approval')}` : '',
    };
  };
}

const isValue = (value: unknown): boolean => value !== null && value !== undefined;
