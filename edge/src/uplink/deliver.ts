import type { EdgeAlarm, MachineRecord } from '@millrace/contract';
import type { Rejection, Verdict } from './verdict.ts';

export type Item = MachineRecord | EdgeAlarm;

/** Sends a part and says what the platform made of it; rejects with `NoAnswer`. */
export type Send = (items: readonly Item[]) => Promise<Verdict>;

/** Everything sent has its answer. */
export interface Delivered {
  readonly accepted: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly refused: readonly Refused[];
}
interface Refused {
  readonly item: Item;
  readonly code: string;
  readonly message: string;
}

/** The platform does not take it now; nothing is wrong with what was sent. */
export class Later extends Error {
  override readonly name = 'Later';
  readonly why: 'busy' | 'refused' | 'no-platform';
  readonly retryAfterMs: number | undefined;

  constructor(why: Later['why'], detail: string, retryAfterMs?: number) {
    super(detail);
    this.why = why;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * A platform that refuses so many single ones in a row and takes nothing refuses for another reason than what is in them: it is
 * waited for, and none of them is put aside.
 */
const REFUSED_IN_A_ROW_MAX = 20;

/**
 * Delivers all of it or rejects with `Later` or `NoAnswer`. What is refused as a whole is halved until the part that is refused
 * is alone, and that one is sent once more when others have been taken: a platform that refused everything for a moment
 * has not judged it. `limit` shrinks when the platform says that an upload is too large.
 */
export async function deliver(items: readonly Item[], limit: UploadLimit, send: Send): Promise<Delivered> {
  const sum = { accepted: 0, duplicate: 0, conflict: 0 };
  const refused: Refused[] = [];
  /** Refused alone, before it was known whether the platform takes anything at all. */
  let suspects: Refused[] = [];
  const asked = new Set<Item>();
  let isWorking = false;
  let inARow = 0;
  let wasTooLarge = false;
  /** Parts still to be sent, the next at the end. */
  const parts = [items];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.length > limit.items) {
      halve(parts, part);
      continue;
    }
    const verdict = await send(part);
    if (verdict.kind === 'later') throw new Later(verdict.why, verdict.detail, verdict.retryAfterMs);
    if (verdict.kind === 'taken') {
      sum.accepted += verdict.accepted;
      sum.duplicate += verdict.duplicate;
      sum.conflict += verdict.conflict;
      refused.push(...named(part, verdict.rejections));
      inARow = 0;
      isWorking = true;
    } else if (part.length > 1) {
      if (verdict.kind === 'too-large') {
        wasTooLarge = true;
        limit.items = Math.floor(part.length / 2);
      }
      halve(parts, part);
    } else if (verdict.kind === 'too-large' && !verdict.byPlatform) {
      throw new Later('no-platform', 'something in between does not let a single record through: status 413');
    } else {
      const { code, message } = verdict.kind === 'too-large' ? TOO_LARGE : verdict;
      const mine = named(part, [{ index: 0, code, message }]);
      const isAsked = part.some((item) => asked.has(item));
      (isAsked ? refused : suspects).push(...mine);
      if (!isAsked && ++inARow >= REFUSED_IN_A_ROW_MAX) throw everythingRefused(mine);
    }
    if (parts.length > 0 || !isWorking) continue;
    for (const { item } of suspects) asked.add(item);
    parts.push(...suspects.map(({ item }) => [item]));
    suspects = [];
  }
  if (!wasTooLarge) limit.items = Math.min(limit.most, Math.ceil(limit.items * GROWTH));
  if (suspects.length > 1) throw everythingRefused(suspects);
  // Alone in its upload: there is nothing else to ask the platform about.
  return { ...sum, refused: [...refused, ...suspects] };
}

const everythingRefused = ([first]: readonly Refused[]): Later =>
  new Later('busy', `everything is refused: ${first?.code}`);

const TOO_LARGE = { code: 'too-large', message: 'The platform takes no upload as large as this one alone.' };

/** How much goes into one upload: halved when it is too large, and slowly more again, because what was in between may be gone. */
export interface UploadLimit {
  items: number;
  readonly most: number;
}
/** For each delivery that nobody called too large: a limit that is still there costs one refused upload in seven. */
const GROWTH = 1.1;

function halve(parts: (readonly Item[])[], part: readonly Item[]): void {
  const middle = Math.ceil(part.length / 2);
  parts.push(part.slice(middle), part.slice(0, middle));
}

function named(part: readonly Item[], rejections: readonly Rejection[]): Refused[] {
  return rejections.flatMap(({ index, code, message }) => {
    const item = part[index];
    return item === undefined ? [] : [{ item, code, message }];
  });
}
