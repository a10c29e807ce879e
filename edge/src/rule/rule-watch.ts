import { createHash } from 'node:crypto';
import type { EdgeAlarm, EdgeRule } from '@millrace/contract';
import { type Static, Type } from 'typebox';
import { createJudge, type Judge, type Verdict } from './judge.ts';

/** What of a rule must survive a restart: that its alarm stands is not told twice. Windows fill again. */
export const SavedRule = Type.Object({
  code: Type.String(),
  tag: Type.String(),
  kind: Type.String(),
  severity: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')]),
  /** Alarms told so far, part of their ids. */
  told: Type.Integer(),
  raised: Type.Union([
    Type.Null(),
    Type.Object({ value: Type.Number(), limit: Type.Union([Type.Number(), Type.Null()]) }),
  ]),
});
export type SavedRule = Static<typeof SavedRule>;

/** A value at the edge of a limit must not fill the platform: more changes a minute are not told, the last state is. */
const CHANGES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;
/** Between two looks more time has passed than a second or two: the box slept or its clock was set. */
const UNSEEN_MS = 60_000;

/** One rule at one machine. */
export class RuleWatch {
  readonly rule: EdgeRule;
  /** Of its tag. */
  readonly unit: string | null;
  changed = false;
  readonly #machine: string;
  readonly #judge: Judge;
  #told: number;
  #raised: SavedRule['raised'];
  /** Good value that stands, up to when it was judged. */
  #value: number | undefined;
  #at = 0;
  /** Beyond since, while the hold runs. */
  #since: number | undefined;
  #credit = CHANGES_PER_MINUTE;
  #creditAt = 0;

  constructor(machine: string, rule: EdgeRule, unit: string | null, saved: SavedRule | undefined) {
    this.#machine = machine;
    this.rule = rule;
    this.unit = unit;
    this.#judge = createJudge(rule);
    this.#told = saved?.told ?? 0;
    this.#raised = saved?.raised ?? null;
  }

  /** A value of its tag, undefined when it is not good: that neither raises nor clears. */
  take(value: number | undefined, now: number): EdgeAlarm | undefined {
    // What stood until now goes into the window, but the new value decides.
    this.#goOn(now);
    if (value === undefined) {
      if (this.#value !== undefined) this.#judge.forget();
      this.#value = undefined;
      this.#since = undefined;
      return undefined;
    }
    this.#value = value;
    return this.#decide(this.#judge.judge(value, now, now, this.#raised ?? undefined), now);
  }

  /** What stands goes on until `now`. */
  advance(now: number): EdgeAlarm | undefined {
    return this.#decide(this.#goOn(now), now);
  }

  /** The rule is no more: an alarm that stands is over. */
  end(now: number): EdgeAlarm | undefined {
    return this.#raised === null ? undefined : this.#tell('cleared', now, { beyond: false, ...this.#raised });
  }

  save(): SavedRule {
    const { code, tag, kind, severity } = this.rule;
    return { code, tag, kind, severity, told: this.#told, raised: this.#raised };
  }

  #goOn(now: number): Verdict | undefined {
    const value = this.#value;
    const from = this.#at;
    this.#at = now;
    if (value === undefined || now === from) return undefined;
    if (now > from && now - from <= UNSEEN_MS) {
      return this.#judge.judge(value, from, now, this.#raised ?? undefined);
    }
    this.#judge.forget();
    this.#since = undefined;
    return undefined;
  }

  #decide(verdict: Verdict | undefined, now: number): EdgeAlarm | undefined {
    if (verdict === undefined) return undefined;
    if (!verdict.beyond) {
      this.#since = undefined;
      return this.#raised === null || !this.#mayTell(now) ? undefined : this.#tell('cleared', now, verdict);
    }
    if (this.#raised !== null) return undefined;
    this.#since ??= now;
    if (now - this.#since < (this.rule.holdS ?? 0) * 1_000 || !this.#mayTell(now)) return undefined;
    return this.#tell('raised', now, verdict);
  }

  #tell(phase: EdgeAlarm['phase'], at: number, { value, limit }: Verdict): EdgeAlarm {
    this.#told++;
    this.#raised = phase === 'raised' ? { value, limit } : null;
    this.changed = true;
    const { code, severity, kind, tag } = this.rule;
    const machine = this.#machine;
    return {
      id: alarmId(machine, code, phase, at, this.#told),
      machine,
      rule: code,
      severity,
      phase,
      at,
      value,
      limit,
      basis: { kind, tag, unit: this.unit },
    };
  }

  #mayTell(now: number): boolean {
    const passed = Math.max(0, now - this.#creditAt);
    this.#creditAt = now;
    this.#credit = Math.min(CHANGES_PER_MINUTE, this.#credit + (passed / MINUTE_MS) * CHANGES_PER_MINUTE);
    if (this.#credit < 1) return false;
    this.#credit--;
    return true;
  }
}

/** The same for the same event, so that a repeated delivery is known for one. */
export function alarmId(machine: string, rule: string, phase: string, at: number, told: number): string {
  return createHash('sha256')
    .update(JSON.stringify([machine, rule, phase, at, told]))
    .digest('hex')
    .slice(0, 32);
}
