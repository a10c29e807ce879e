import type { MtconnectEntry } from './observation.ts';

const LEVELS = ['UNAVAILABLE', 'NORMAL', 'WARNING', 'FAULT'] as const;
type ConditionLevel = (typeof LEVELS)[number];

/** One report of a condition of a machine. [MTConnect Part 2, Condition] */
export interface Condition {
  readonly level: ConditionLevel;
  /** The controller's own number of the alarm; empty with NORMAL = all of them are over. */
  readonly code: string;
  readonly text: string;
}

/** Alarms of one controller at the same time; the standard knows no bound, memory does. */
const ACTIVE_CODES = 256;
/** Condition items kept apart. */
const CONDITIONS = 1_024;

/** The level that a word is, in any case of letters. */
export function conditionLevel(word: string): ConditionLevel | undefined {
  return LEVELS.find((level) => level === word.toUpperCase());
}

/** Several alarms of a condition are active at once, told apart by their codes; the worst is its level. [MTConnect Part 2, Condition] */
export class ActiveConditions {
  readonly #active = new Map<string, Map<string, ConditionLevel>>();

  /** What the condition is after this: its level under the key, the code and text of the change as its parts. */
  entries(key: string, condition: Condition): MtconnectEntry[] {
    const active = this.#active.get(key) ?? new Map<string, ConditionLevel>();
    if (condition.level === 'NORMAL' || condition.level === 'UNAVAILABLE') {
      if (condition.code === '') active.clear();
      else active.delete(condition.code);
    } else if (active.size < ACTIVE_CODES || active.has(condition.code)) {
      active.set(condition.code, condition.level);
    }
    if (this.#active.size < CONDITIONS || this.#active.has(key)) this.#active.set(key, active);
    const levels = [...active.values()];
    const worst = levels.find((level) => level === 'FAULT') ?? levels[0];
    if (worst === undefined && condition.level === 'UNAVAILABLE') {
      return ['', '#code', '#text'].map((part) => ({ key: `${key}${part}`, text: 'UNAVAILABLE' }));
    }
    return [
      { key, text: worst ?? 'NORMAL' },
      { key: `${key}#code`, text: condition.code },
      { key: `${key}#text`, text: condition.text },
    ];
  }

  /** A whole picture of all conditions follows. */
  clear(): void {
    this.#active.clear();
  }
}
