import { MACHINE_STATES } from '@millrace/contract';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { HISTORY_MAX_MS } from './history.ts';

/** Minutes that can be open at a time: this one, the one before, what a jumping clock left, and those that a source has kept. */
export const SLOTS_MAX = 8 + HISTORY_MAX_MS / 60_000;

const Value = Type.Object({ raw: Type.Number(), at: Type.Number() });
/** Minute, pieces, Wh or null, informed, then ms by position in MACHINE_STATES. */
const Slot = Type.Tuple([
  Type.Integer(),
  Type.Number(),
  Type.Union([Type.Number(), Type.Null()]),
  Type.Boolean(),
  Type.Array(Type.Number(), { minItems: MACHINE_STATES.length, maxItems: MACHINE_STATES.length }),
]);
/** Start and end of the local day, pieces, count told, newest minute told. */
const Day = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Integer(), Type.Number()]);
/** What a machine must not forget when the power goes; short, because it is written every second in which it changed. */
export const SavedMachine = Type.Object({
  /** Tag and kind of what counts: the state of another counter says nothing. */
  source: Type.String(),
  meter: Type.String(),
  days: Type.Array(Day, { maxItems: 16 }),
  slots: Type.Array(Slot, { maxItems: SLOTS_MAX }),
  /** Pieces that belong to the next record. */
  carry: Type.Number(),
  energyCarryWh: Type.Number(),
  runningCarryMs: Type.Number(),
  upTo: Type.Number(),
  state: Type.Integer({ minimum: 0, maximum: MACHINE_STATES.length - 1 }),
  /** Something good was known of it. */
  good: Type.Boolean(),
  /** The state stood at most until then. */
  until: Type.Union([Type.Number(), Type.Null()]),
  counter: Type.Optional(
    Type.Object({
      raw: Type.Optional(Type.Number()),
      at: Type.Number(),
      pending: Type.Optional(Value),
    }),
  ),
  pulse: Type.Optional(
    Type.Object({
      level: Type.Optional(Type.Boolean()),
      next: Type.Optional(Type.Object({ level: Type.Boolean(), at: Type.Number() })),
      credit: Type.Number(),
      creditAt: Type.Number(),
    }),
  ),
  meterWh: Type.Optional(Type.Number()),
  /** By connection, ms. */
  lags: Type.Optional(Type.Record(Type.String(), Type.Number())),
});
export type SavedMachine = Static<typeof SavedMachine>;
const compiled = Compile(SavedMachine);

/** Undefined when it is not what this version wrote. */
export function savedMachine(value: unknown): SavedMachine | undefined {
  return compiled.Check(value) ? value : undefined;
}
