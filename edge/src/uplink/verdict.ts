import { EdgeAlarmAnswer, Problem, UploadAnswer } from '@millrace/contract';
import { Compile } from 'typebox/compile';
import type { LineAnswer } from './line.ts';

/** What an answer means for what was sent. */
export type Verdict =
  /** It is durable at the platform, but for those rejected by their index. */
  | {
      readonly kind: 'taken';
      readonly accepted: number;
      readonly duplicate: number;
      readonly conflict: number;
      readonly rejections: readonly Rejection[];
    }
  /** Something in it is refused, and the answer does not say what: smaller parts will. */
  | { readonly kind: 'unclear'; readonly code: string; readonly message: string }
  /** A proxy in between may say so too, of any size: it does not judge what is sent. */
  | { readonly kind: 'too-large'; readonly byPlatform: boolean }
  /** Nothing is wrong with what was sent: later. `refused` = the token is not taken. */
  | {
      readonly kind: 'later';
      readonly why: 'busy' | 'refused' | 'no-platform';
      readonly detail: string;
      readonly retryAfterMs: number | undefined;
    };
export interface Rejection {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

const isUploadAnswer = Compile(UploadAnswer);
const isAlarmAnswer = Compile(EdgeAlarmAnswer);
const isProblem = Compile(Problem);

/** Only an answer that adds up is one: whatever else says 200 on the way is not the platform. */
export function recordsVerdict(answer: LineAnswer, sent: number, uploadId: string): Verdict {
  const { status, body } = answer;
  if (status !== 200) return refusal(answer);
  if (!isUploadAnswer.Check(body)) return noPlatform(answer);
  const { received, accepted, duplicate, conflict, rejected, rejections } = body;
  const addsUp = received === sent && accepted + duplicate + conflict + rejected === received;
  if (!addsUp || body.uploadId !== uploadId) return noPlatform(answer);
  if (rejections.length < rejected) {
    return { kind: 'unclear', code: 'rejected', message: `${rejected} of ${sent} are rejected` };
  }
  if (rejections.some(({ index }) => index < 0 || index >= sent)) return noPlatform(answer);
  return { kind: 'taken', accepted, duplicate, conflict, rejections };
}

export function alarmsVerdict(answer: LineAnswer, sent: number): Verdict {
  const { status, body } = answer;
  if (status !== 200) return refusal(answer);
  if (!isAlarmAnswer.Check(body)) return noPlatform(answer);
  const { accepted, duplicate, rejected, rejections = [] } = body;
  if (accepted + duplicate + rejected !== sent) return noPlatform(answer);
  if (rejections.length < rejected) {
    return { kind: 'unclear', code: 'rejected', message: `${rejected} of ${sent} are rejected` };
  }
  if (rejections.some(({ index }) => index < 0 || index >= sent)) return noPlatform(answer);
  const named = rejections.map((one) => ({ ...one, message: 'The platform does not take this alarm.' }));
  return { kind: 'taken', accepted, duplicate, conflict: 0, rejections: named };
}

/** Refusals of the whole that no change of the records mends: a platform of another version, or none. */
const NOT_THE_RECORDS = new Set(['wrong-version', 'wrong-content-type', 'bad-upload-id']);

function refusal(answer: LineAnswer): Verdict {
  const { status, body, retryAfterMs } = answer;
  // Who is not the platform may refuse as it likes; nothing of ours is judged by it.
  if (!isProblem.Check(body) || !body.type.startsWith('urn:millrace:refusal:')) return noPlatform(answer);
  const { code, detail } = body;
  if (status === 413) return { kind: 'too-large', byPlatform: true };
  if ((status === 400 || status === 422) && !NOT_THE_RECORDS.has(code)) {
    return { kind: 'unclear', code, message: detail };
  }
  const why = status === 401 || status === 403 ? 'refused' : 'busy';
  return { kind: 'later', why, detail: `${status} ${code}: ${detail}`, retryAfterMs };
}

function noPlatform({ status, retryAfterMs }: LineAnswer): Verdict {
  if (status === 413) return { kind: 'too-large', byPlatform: false };
  // A proxy in front of a platform that is down or busy speaks for it.
  const isProxy = status === 429 || status >= 500;
  const detail = isProxy
    ? `status ${status}`
    : `status ${status}, but not from a Millrace platform; is a proxy in between, or the address wrong?`;
  return { kind: 'later', why: isProxy ? 'busy' : 'no-platform', detail, retryAfterMs };
}
