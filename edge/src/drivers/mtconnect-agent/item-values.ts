import { ActiveConditions, type MtconnectEntry, observedKey } from '../../mtconnect/index.ts';
import type { Observation } from './streams.ts';

/** Items and their parts of one agent; more than any agent of a factory has, few enough to keep. */
const KEYS = 65_536;

export interface LatestValue {
  readonly text: string;
  /** Epoch ms by the agent; where its time cannot be read, when it was received. */
  readonly at: number;
}

/** `id`, or `id#part` where the address names a part: the level of a condition has parts code and text, a data set its keys. */
export function keyOf(id: string, address: string): string {
  const key = observedKey(address);
  const part = key.indexOf('#');
  return part < 0 ? id : `${id}${key.slice(part)}`;
}

/** The last value of every item. */
export class ItemValues {
  readonly #latest = new Map<string, LatestValue>();
  readonly #conditions = new ActiveConditions();

  get(key: string): LatestValue | undefined {
    return this.#latest.get(key);
  }

  clear(): void {
    this.#latest.clear();
    this.#conditions.clear();
  }

  /** What changes by it, received `now`. */
  take(observation: Observation, now: number): readonly (readonly [string, LatestValue])[] {
    return this.#entries(observation).map(({ key, text }) => {
      const latest = { text, at: observation.at ?? now };
      if (this.#latest.has(key) || this.#latest.size < KEYS) this.#latest.set(key, latest);
      return [key, latest] as const;
    });
  }

  #entries(observation: Observation): MtconnectEntry[] {
    const { item, condition, entries, text } = observation;
    if (condition !== undefined) return this.#conditions.entries(item, condition);
    const parts = entries.map((entry) => ({ key: `${item}#${entry.key}`, text: entry.text }));
    return [{ key: item, text }, ...parts];
  }
}
