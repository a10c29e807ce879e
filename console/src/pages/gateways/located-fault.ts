import type { ConfigFault } from '@millrace/contract';
import { readText, type TextFault } from './config-text.ts';

/** Where in the text the agent's faults are, from the first line to the last. */
export function linesOf(text: string, faults: readonly ConfigFault[]): readonly TextFault[] {
  if (faults.length === 0) return [];
  const { lineOf } = readText(text);
  return faults
    .map(({ path, message }) => ({ path, message, line: lineOf(path) }))
    .sort((one, other) => one.line - other.line);
}
