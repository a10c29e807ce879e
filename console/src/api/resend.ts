import type { QuarantineSelection, RESEND_REFUSALS } from '@millrace/contract';
import { gatewayApi } from './gateway.ts';

/** An agent sends some thousands at once; what a quarantine holds is gone after a third of these. */
const ROUNDS_MAX = 32;

/** How far it is, and how it ended. */
export interface Resending {
  readonly sent: number;
  readonly left: number;
}
/** The agent sent nothing more: for a reason it names, or one only it has words for. */
export class NotResent extends Error {
  override readonly name = 'NotResent';
  readonly refusal: (typeof RESEND_REFUSALS)[number] | undefined;

  constructor(words: string, refusal: NotResent['refusal']) {
    super(words);
    this.refusal = refusal;
  }
}

/** Asks until nothing of the selection is left; what the platform refuses meanwhile is not asked for again. */
export async function resendAll(
  gatewayId: string,
  selection: QuarantineSelection,
  onProgress: (so: Resending) => void,
  signal: AbortSignal,
): Promise<number> {
  let sent = 0;
  let next = selection;
  for (let round = 0; round < ROUNDS_MAX && !signal.aborted; round++) {
    const answer = await gatewayApi.ask(gatewayId, { kind: 'resend', selection: next }, signal);
    if (answer.error !== null || !answer.resent)
      throw new NotResent(answer.error ?? 'the agent gave no answer', answer.resendRefusal);
    const { items, left, until } = answer.resent;
    sent += items;
    onProgress({ sent, left });
    if (left === 0 || items === 0) break;
    next = { ...selection, until };
  }
  return sent;
}
