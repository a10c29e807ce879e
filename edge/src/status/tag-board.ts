import type { EdgeMachine, TagHealth, TagQuality, TagValue } from '@millrace/contract';

/** One value of a tag, after bit, scale and offset. */
export interface BoardSample {
  readonly value: TagValue;
  readonly quality: TagQuality;
  /** By the source's clock, epoch ms. */
  readonly at: number;
  readonly error?: string;
}

/** Last value of every tag of the running configuration, for people and for interlocks. */
export interface TagBoard {
  /** Tags that stay keep what they showed. */
  configure(machines: readonly EdgeMachine[]): void;
  put(machine: string, tag: string, sample: BoardSample): void;
  all(): readonly TagHealth[];
  /** At most so many that are not good. */
  bad(limit: number): readonly TagHealth[];
}

const ERROR_CHARACTERS_MAX = 500;
/** Labels of scanners and texts of machines; the rest is cut for the board only. */
const TEXT_CHARACTERS_MAX = 200;

export function createTagBoard(): TagBoard {
  let rows = new Map<string, TagHealth>();
  return {
    configure: (machines) => {
      const next = new Map<string, TagHealth>();
      for (const { machine, tags } of machines) {
        for (const { name } of tags) {
          const key = keyOf(machine, name);
          next.set(key, rows.get(key) ?? unheard(machine, name));
        }
      }
      rows = next;
    },
    put: (machine, tag, { value, quality, at, error }) => {
      const key = keyOf(machine, tag);
      const before = rows.get(key);
      // Of a configuration that is gone.
      if (before === undefined) return;
      const shown = typeof value === 'string' ? value.slice(0, TEXT_CHARACTERS_MAX) : value;
      const lastGoodAt = quality === 'good' ? at : before.lastGoodAt;
      const words = error?.slice(0, ERROR_CHARACTERS_MAX) ?? null;
      rows.set(key, { machine, tag, value: shown, quality, at, lastGoodAt, error: words });
    },
    all: () => [...rows.values()],
    bad: (limit) => {
      const found: TagHealth[] = [];
      for (const row of rows.values()) {
        if (row.quality === 'good') continue;
        found.push(row);
        if (found.length >= limit) break;
      }
      return found;
    },
  };
}

/** Neither name holds the separator. [Code, TagName] */
const keyOf = (machine: string, tag: string): string => `${machine}\n${tag}`;

const unheard = (machine: string, tag: string): TagHealth => ({
  machine,
  tag,
  value: null,
  quality: 'bad',
  at: null,
  lastGoodAt: null,
  error: 'no value yet',
});
