import fc from 'fast-check';
import { expect, test } from 'vitest';
import { at, DAY, run, TestPlant } from '../../../test/setup/plant.ts';

const RUNS = 8;
/** A failure is made smaller with gateways of its own. */
const plant = new TestPlant([{ gateways: RUNS * 8, machinesPerGateway: 2 }]);

/** Midnight in Shanghai. */
const MIDNIGHT = 16 * 60;
const NEXT = '2026-03-03';

/** What a record says of its day, by its place and its minute. */
const SAYINGS: Readonly<Record<string, (index: number, minute: number) => string | undefined>> = {
  always: (_, minute) => (minute < MIDNIGHT ? DAY : NEXT),
  never: () => undefined,
  sometimes: (index, minute) => (index % 3 === 0 ? (minute < MIDNIGHT ? DAY : NEXT) : undefined),
  'from an update on': (index, minute) => (index > 60 ? (minute < MIDNIGHT ? DAY : NEXT) : undefined),
  wrongly: (_, minute) => (minute < MIDNIGHT ? NEXT : DAY),
  'by another zone': (_, minute) => (minute < MIDNIGHT - 60 ? DAY : NEXT),
  'for a while': (index, minute) => (index % 40 < 20 ? (minute < MIDNIGHT ? DAY : NEXT) : undefined),
};

test('live state, roll-up and raw records agree, whatever a sender says of the day of its counts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(SAYINGS)),
      // Minutes by which the counter's own midnight comes early or late, and after which it restarts.
      fc.integer({ min: -12, max: 12 }),
      fc.option(fc.integer({ min: -80, max: 80 }), { nil: undefined }),
      fc.array(fc.integer({ min: -100, max: 99 }), { maxLength: 40 }),
      fc.boolean(),
      async (saying, skew, restart, lost, early) => {
        const g = plant.gateway();
        const resets = [MIDNIGHT + skew, ...(restart === undefined ? [] : [MIDNIGHT + restart])];
        const starts = [MIDNIGHT - 100, ...resets, MIDNIGHT + 100].sort((a, b) => a - b);
        const records = starts
          .slice(0, -1)
          .flatMap((from, i) => run(from, starts[i + 1] ?? from, 4, i === 0 ? 900 : 0));
        const said = records
          .filter(({ minute }) => !lost.includes(minute - MIDNIGHT))
          .map((record, index) => {
            const day = SAYINGS[saying]?.(index, record.minute);
            return { ...record, ...(day === undefined ? {} : { day }) };
          });
        // A part comes late, the rest in order.
        const late = said.splice(70, 9);
        let newest = 0;
        for (const part of [said.slice(0, 90), said.slice(90), late].filter(({ length }) => length > 0)) {
          newest = Math.max(newest, ...part.map(({ minute }) => minute));
          plant.clock.now = at(early ? newest + 1 : MIDNIGHT + 130);
          await plant.upload(g, part);
          if (early) await plant.tick();
        }
        plant.clock.now = at(MIDNIGHT + 130);
        await plant.tick();
        const sum = (rows: readonly { readonly count: number }[]): number =>
          rows.reduce((total, { count }) => total + count, 0);
        const told = async (): Promise<number[]> => {
          const span = [at(MIDNIGHT - 120), at(MIDNIGHT + 120)] as const;
          const raw = sum(await plant.counts(g, 'minute', ...span));
          const today = sum(await plant.counts(g, 'minute', at(MIDNIGHT), span[1]));
          expect(sum(await plant.counts(g, 'hour', ...span))).toBe(raw);
          expect((await plant.live(g)).countToday).toBe(today);
          expect((await plant.day(g, NEXT)).count).toBe(today);
          return [raw, today];
        };
        const before = await told();
        await plant.markAll(g);
        await plant.tick();
        expect(await told()).toEqual(before);
      },
    ),
    { numRuns: RUNS },
  );
});
