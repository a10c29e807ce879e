import type { EdgeAlarm, EdgeMachine, TagQuality, TagValue } from '@millrace/contract';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { alarmId, RuleWatch, SavedRule } from './rule-watch.ts';

const PREFIX = 'rules ';
const savedRules = Compile(Type.Array(SavedRule, { maxItems: 64 }));

/** All rules of the gateway: values in, alarms out. No I/O and no clock of its own. */
export interface Rules {
  /** Rules that stay keep their state; the alarm of one that is no more is over. */
  configure(machines: readonly EdgeMachine[], now: number): void;
  /** A value as the configuration means it. */
  take(
    machine: string,
    tag: string,
    reading: { readonly value: TagValue; readonly quality: TagQuality },
    now: number,
  ): void;
  /** To be called every second: alarms since it was last asked, oldest first. */
  advance(now: number): EdgeAlarm[];
  /** What changed since it was last asked, as a patch of the checkpoint; undefined when nothing did. */
  changes(): Record<string, unknown> | undefined;
}

type RulesOfMachine = Pick<EdgeMachine, 'rules' | 'tags'>;
const NO_RULES: RulesOfMachine = { tags: [] };

interface Watched {
  readonly watches: readonly RuleWatch[];
  readonly byTag: ReadonlyMap<string, readonly RuleWatch[]>;
}

/** `checkpoint` is what `changes` gave before the agent was started again. */
export function createRules(checkpoint: Readonly<Record<string, unknown>>): Rules {
  const machines = new Map<string, Watched>();
  const dirty = new Set<string>();
  let alarms: EdgeAlarm[] = [];
  const tell = (alarm: EdgeAlarm | undefined): void => {
    if (alarm !== undefined) alarms.push(alarm);
  };
  const before = savedOf(checkpoint);
  /** Machine by machine, so that a restart finds each rule as it was; the first configuration takes what was saved. */
  const replace = (code: string, { rules = [], tags }: RulesOfMachine, now: number): void => {
    const old = machines.get(code)?.watches ?? [];
    const saved = before.get(code) ?? [];
    before.delete(code);
    const watches = rules.map((rule) => {
      const unit = tags.find(({ name }) => name === rule.tag)?.unit ?? null;
      const same = old.find(
        (watch) => watch.unit === unit && JSON.stringify(watch.rule) === JSON.stringify(rule),
      );
      const known = saved.find((one) => isSame(one, rule));
      return same ?? new RuleWatch(code, rule, unit, known);
    });
    for (const watch of old) if (!watches.includes(watch)) tell(watch.end(now));
    for (const one of saved) if (!rules.some((rule) => isSame(one, rule))) tell(ended(code, one, now));
    if (old.length > 0 || saved.length > 0 || rules.length > 0) dirty.add(code);
    if (rules.length === 0) machines.delete(code);
    else machines.set(code, { watches, byTag: Map.groupBy(watches, ({ rule }) => rule.tag) });
  };
  return {
    configure: (wanted, now) => {
      const codes = new Set(wanted.map(({ machine }) => machine));
      for (const code of [...machines.keys(), ...before.keys()])
        if (!codes.has(code)) replace(code, NO_RULES, now);
      for (const wish of wanted) replace(wish.machine, wish, now);
    },
    take: (machine, tag, { value, quality }, now) => {
      const watches = machines.get(machine)?.byTag.get(tag);
      if (watches === undefined) return;
      const good = quality === 'good' && (typeof value === 'number' || typeof value === 'boolean');
      for (const watch of watches) tell(watch.take(good ? Number(value) : undefined, now));
    },
    advance: (now) => {
      for (const [code, { watches }] of machines) {
        for (const watch of watches) {
          tell(watch.advance(now));
          if (watch.changed) dirty.add(code);
          watch.changed = false;
        }
      }
      const told = alarms;
      alarms = [];
      return told;
    },
    changes: () => {
      if (dirty.size === 0) return undefined;
      const patch: Record<string, unknown> = {};
      for (const code of dirty)
        patch[PREFIX + code] = machines.get(code)?.watches.map((one) => one.save()) ?? null;
      dirty.clear();
      return patch;
    },
  };
}

function savedOf(checkpoint: Readonly<Record<string, unknown>>): Map<string, readonly SavedRule[]> {
  const saved = new Map<string, readonly SavedRule[]>();
  for (const [key, value] of Object.entries(checkpoint)) {
    if (key.startsWith(PREFIX) && savedRules.Check(value)) saved.set(key.slice(PREFIX.length), value);
  }
  return saved;
}

const isSame = (saved: SavedRule, rule: NonNullable<EdgeMachine['rules']>[number]): boolean =>
  saved.code === rule.code && saved.tag === rule.tag && saved.kind === rule.kind;

/** A rule that was taken out of the configuration while the agent was not there. */
function ended(
  machine: string,
  { code, severity, raised, told }: SavedRule,
  at: number,
): EdgeAlarm | undefined {
  if (raised === null) return undefined;
  const id = alarmId(machine, code, 'cleared', at, told + 1);
  return { id, machine, rule: code, severity, phase: 'cleared', at, ...raised };
}
