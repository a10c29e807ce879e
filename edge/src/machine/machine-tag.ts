import type { EdgeMachine, EdgeTag } from '@millrace/contract';
import type { Reading } from './reading.ts';

/** A source whose values are older than known ones for so long has set its clock back. */
const SOURCE_CLOCK_MS = 120_000;

/** A tag of a machine: what it is used for, and what it said last. */
export interface MachineTag {
  readonly config: EdgeTag;
  readonly usedForCount: boolean;
  /** Each of its values may be a piece. */
  readonly everyCounts: boolean;
  readonly usedForState: boolean;
  readonly usedForEnergy: boolean;
  /** Its being good makes a minute one of which something is known. */
  readonly isWitness: boolean;
  /** What it says is true of the machine from then on; without such tags nothing is known of its time. */
  readonly paces: boolean;
  reading: Reading | undefined;
  receivedAt: number;
  /** When it was true by the gateway's clock, epoch ms. */
  trueAt: number;
  lastGoodAt: number | null;
}

/** @param stateTags those that the machine's state is made of. */
export function machineTags(config: EdgeMachine, stateTags: ReadonlySet<string>): Map<string, MachineTag> {
  const { count, energy, signals } = config;
  const [anyStateTag] = stateTags;
  const witness = count?.tag ?? anyStateTag ?? energy?.tag ?? signals?.[0];
  return new Map(
    config.tags.map((tag) => {
      const usedForCount = count?.tag === tag.name;
      const usedForState = stateTags.has(tag.name);
      const isWitness = witness === tag.name;
      const its: MachineTag = {
        ...{ config: tag, usedForCount, usedForState, isWitness },
        everyCounts: usedForCount && count?.from === 'pulse',
        usedForEnergy: energy?.tag === tag.name,
        paces: isWitness || usedForCount || usedForState,
        ...{ reading: undefined, receivedAt: 0, trueAt: 0, lastGoodAt: null },
      };
      return [tag.name, its] as const;
    }),
  );
}

/** Values that a source sends late, after newer ones, tell nothing new; of pulses each edge counts. */
export function isStale(tag: MachineTag, reading: Reading, now: number): boolean {
  if (tag.everyCounts) return false;
  if (tag.reading?.quality !== 'good' || reading.quality !== 'good') return false;
  return reading.at < tag.reading.at && now - tag.receivedAt < SOURCE_CLOCK_MS && now >= tag.receivedAt;
}

/** What a source kept of the time before a value that is known already. */
export function isOutdone(tag: MachineTag, reading: Reading, past: number): boolean {
  if (tag.everyCounts) return false;
  return tag.reading?.quality === 'good' && reading.quality === 'good' && past < tag.trueAt;
}

/** A value that was good before and changed since: the source sends it because it changed. */
export function isChange(tag: MachineTag, reading: Reading): boolean {
  return tag.reading?.quality === 'good' && reading.quality === 'good' && reading.at > tag.reading.at;
}
