import type { EdgeAnswer, QuarantineSelection, Resent } from '@millrace/contract';
import type { ResendRefused } from './store/index.ts';

/** Why nothing was sent again, in words. */
export const RESEND_REFUSED = {
  quota: 'the buffer has no room for it beside what waits already; nothing was changed',
  disk: 'the disk does not take it now; what lies there stays there',
} as const satisfies Record<ResendRefused['refused'], string>;

/** Of the agent's part: for the person at the console. */
export async function answerResend(
  resend: (selection: QuarantineSelection) => Promise<Resent | ResendRefused | undefined>,
  selection: QuarantineSelection,
): Promise<EdgeAnswer> {
  const done = await resend(selection);
  if (done === undefined)
    return { error: 'the buffer is being changed: try again in a moment', latencyMs: null };
  if ('refused' in done)
    return { error: RESEND_REFUSED[done.refused], latencyMs: null, resendRefusal: done.refused };
  return { error: null, latencyMs: null, resent: done };
}
