import { COMMAND_STATES, type CommandOutcome, type EdgeCommand, TAG_TYPES } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandStanding, type CommandState, checkValue, isOpen, stepCommand } from './command.ts';

const outcomeState = fc.constantFrom('executed', 'refused', 'failed', 'unknown' as const);
const step = fc.oneof(
  fc.constantFrom('approve', 'withdraw', 'deliver', 'expire', 'give-up' as const),
  outcomeState.map(
    (state): CommandOutcome => ({
      state: state as CommandOutcome['state'],
      refusal: null,
      detail: null,
      readBack: null,
      at: 1,
    }),
  ),
);
type Step = Parameters<typeof stepCommand>[1];

/** Every state a command went through, and whether it was ever handed out or approved. */
function run(first: CommandState, steps: readonly Step[]) {
  let standing: CommandStanding = { state: first, outcome: null };
  const path: { readonly step: Step; readonly from: CommandState; readonly to: CommandState }[] = [];
  for (const one of steps) {
    const to = stepCommand(standing, one);
    if (to === undefined) continue;
    path.push({ step: one, from: standing.state, to });
    standing = { state: to, outcome: typeof one === 'string' ? standing.outcome : one };
  }
  return { standing, path };
}
const steps = fc.array(step as fc.Arbitrary<Step>, { maxLength: 30 });

describe('a command, whatever happens to it in whatever order,', () => {
  test('is never handed out before it is approved, nor after it was withdrawn or ran out', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { path } = run('awaiting-approval', all);
        const handedOut = path.findIndex(({ step: one }) => one === 'deliver');
        const approved = path.findIndex(({ step: one }) => one === 'approve');
        if (handedOut >= 0) expect(approved).toBeGreaterThanOrEqual(0);
        if (handedOut >= 0) expect(approved).toBeLessThan(handedOut);
        const over = path.findIndex(({ to }) => to === 'withdrawn' || to === 'expired');
        if (over >= 0) expect(path.length).toBe(over + 1);
      }),
    );
  });

  test('has at most one outcome of the agent, and keeps it', () => {
    fc.assert(
      fc.property(fc.constantFrom('queued', 'awaiting-approval' as const), steps, (first, all) => {
        const { path, standing } = run(first as CommandState, all);
        const told = path.filter(({ step: one }) => typeof one !== 'string');
        expect(told.length).toBeLessThanOrEqual(1);
        if (told.length === 1) expect(standing.state).toBe(told[0]?.to);
        if (['executed', 'refused', 'failed'].includes(standing.state)) {
          expect(path.some(({ to }) => to === 'delivered')).toBe(true);
          expect(standing.outcome?.state).toBe(standing.state);
        }
      }),
    );
  });

  test('is unknown only when it was handed out, and never leaves the states there are', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { path, standing } = run('queued', all);
        expect(COMMAND_STATES).toContain(standing.state);
        if (standing.state === 'unknown') expect(path.some(({ to }) => to === 'delivered')).toBe(true);
        for (const { from, to } of path)
          expect(isOpen(from) || from === 'unknown', `${from} → ${to}`).toBe(true);
      }),
    );
  });
});

describe('a value', () => {
  const command = (more: Partial<EdgeCommand>): EdgeCommand => ({
    code: 'set-speed',
    connection: 'plc',
    address: 'x',
    kind: 'write',
    class: 'normal',
    interlocks: [],
    ...more,
  });

  test('must be of the type that is written', () => {
    expect(checkValue(command({ type: 'bool' }), true)).toBeUndefined();
    expect(checkValue(command({ type: 'bool' }), 1)).toMatchObject({ code: 'command-value-type' });
    expect(checkValue(command({ type: 'int16' }), 1.5)).toMatchObject({ code: 'command-value-type' });
    expect(checkValue(command({ type: 'float64' }), '1')).toMatchObject({ code: 'command-value-type' });
    expect(checkValue(command({ type: 'string' }), 'recipe 4')).toBeUndefined();
    expect(checkValue(command({}), null)).toMatchObject({ code: 'command-value-type' });
    expect(checkValue(command({ kind: 'call' }), null)).toBeUndefined();
  });

  test('of a number type passes exactly when it lies inside the type and the limits', () => {
    const numbers = TAG_TYPES.filter((type) => type !== 'bool' && type !== 'string');
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.nat(100_000),
        (type, value, minimum, width) => {
          const limits = { type, minimum, maximum: minimum + width };
          const fault = checkValue(command(limits), value);
          if (fault === undefined) {
            expect(value).toBeGreaterThanOrEqual(limits.minimum);
            expect(value).toBeLessThanOrEqual(limits.maximum);
            if (!type.startsWith('float')) expect(Number.isInteger(value)).toBe(true);
          } else if (fault.code === 'command-value-range') {
            expect(value < fault.minimum || value > fault.maximum).toBe(true);
          }
        },
      ),
    );
  });
});
