import type { CapacityBucket, CapacitySummary } from '@millrace/contract';
import type { Kernel, Tx } from '../kernel/index.ts';
import type { Capacity } from './capacity.ts';
import { readSiteTotals, readSummary } from './network-capacity.ts';
import * as store from './store.ts';
import type { CapacitySources } from './work-center-capacity.ts';

/** Questions that begin, end and are asked in the same five minutes (domain) are the same question. */
const SAME_QUESTION_MS = 300_000;
/** Its answer holds as long as nothing it rests on has moved, and in any case for this long (wall). */
const SAME_ANSWER_MS = 2_000;
/** Questions kept: the board's two for some networks, and those about single sites. */
const ANSWERS_MAX = 64;

/** Questions about the whole network, answered once: every open board asks all the time. */
export function createSummaries(
  kernel: Kernel,
  sources: CapacitySources,
): Pick<Capacity, 'summary' | 'soldShares'> {
  const { clock } = kernel;
  const turn = (at: number): number => Math.floor(at / SAME_QUESTION_MS);
  const basisOf = async (tx: Tx, networkId: string): Promise<string> => {
    const { version } = await sources.registry.directory(networkId);
    return `${version} ${await store.readVersion(tx, networkId)}`;
  };
  const summaries = createAnswers<CapacitySummary>(() => clock.wallNow());
  const shares = createAnswers<ReadonlyMap<string, number>>(() => clock.wallNow());
  // A member sees a part of the network only; its answer is not for others, nor theirs for it.
  const isForAll = ({ scope }: Tx): boolean => scope.kind !== 'organisation';
  return {
    summary: (tx, networkId, from, to, siteId) => {
      const now = clock.now();
      const look = () => readSummary(tx, sources, networkId, { from, to, siteId }, now);
      const key = [networkId, siteId, turn(from), turn(to), turn(now)].join(' ');
      return isForAll(tx) ? summaries(key, () => basisOf(tx, networkId), look) : look();
    },
    soldShares: (tx, networkId, from, to) => {
      const now = clock.now();
      const look = async () => {
        const totals = await readSiteTotals(tx, sources, networkId, from, to, now);
        return new Map([...totals].map(([siteId, bucket]) => [siteId, soldShare(bucket)]));
      };
      const key = [networkId, turn(from), turn(to), turn(now)].join(' ');
      return isForAll(tx) ? shares(key, () => basisOf(tx, networkId), look) : look();
    },
  };
}

function soldShare({ committedMin, usedMin, availableMin }: CapacityBucket): number {
  const soldMin = committedMin + usedMin;
  return soldMin === 0 ? 0 : soldMin / (soldMin + availableMin);
}

interface Answer<T> {
  /** What it rests on, read before it was made: what changes meanwhile makes it look old, never new. */
  readonly basis: string;
  readonly wallUntil: number;
  readonly value: T;
}

function createAnswers<T>(
  wallNow: () => number,
): (key: string, basisOf: () => Promise<string>, look: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Answer<T>>();
  const making = new Map<string, Promise<T>>();
  const make = async (key: string, basisOf: () => Promise<string>, look: () => Promise<T>): Promise<T> => {
    const known = answers.get(key);
    const basis = await basisOf();
    if (known?.basis === basis) return known.value;
    const value = await look();
    if (answers.size >= ANSWERS_MAX) answers.clear();
    answers.set(key, { basis, value, wallUntil: wallNow() + SAME_ANSWER_MS });
    return value;
  };
  return async (key, basisOf, look) => {
    const known = answers.get(key);
    if (known && known.wallUntil > wallNow()) return known.value;
    const running = making.get(key);
    if (running) return running;
    const made = make(key, basisOf, look).finally(() => making.delete(key));
    making.set(key, made);
    return made;
  };
}
