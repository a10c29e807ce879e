import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countStep, createTrack, MIDNIGHT_SKEW_MIN, piecesOf } from './count.ts';
import { createDayFinder, MINUTE_MS } from './local-day.ts';

/** mulberry32: enough for a generator whose seed fast-check picks and prints. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ZONE = 'Europe/Berlin';
/** Three local days, the second 23 hours long. */
const FROM = Date.UTC(2026, 2, 27, 23, 0) / MINUTE_MS;
const MINUTES = 71 * 60;
const MACHINES = 1_000;

interface Delivered {
  readonly minute: number;
  readonly count: number;
  /** Controller run: a new one begins with every reset and restart. */
  readonly run: number;
}
interface Machine {
  readonly delivered: readonly Delivered[];
  readonly modulus: number | null;
  /** Every record says that its count begins with the local day. */
  readonly ownDay: boolean;
  /** Pieces made in each local day by the labels of the gateway. */
  readonly made: ReadonlyMap<string, number>;
  /** Nothing was lost and nothing hidden: the counts must equal what was made. */
  readonly lossless: boolean;
}

/** One machine with its kind of trouble: what it made, and what arrived of what it said. */
function simulate(
  random: () => number,
  dayOf: (minute: number) => { start: number; end: number; date: string },
): Machine {
  const skew =
    random() < 0.3 ? Math.floor(random() * (2 * MIDNIGHT_SKEW_MIN - 1)) - MIDNIGHT_SKEW_MIN + 1 : 0;
  // Half the range is more than any outage hides: beyond that a wrap and a restart look the same.
  const modulus = skew === 0 && random() < 0.2 ? 17_000 + Math.floor(random() * 4_000) : null;
  const ratePerMinute = modulus !== null ? 15 : skew === 0 ? random() * 12 : 1 + random() * 12;
  const restartShare = random() < 0.5 ? random() / 600 : 0;
  const lossless = random() < 0.2;
  const ownDay = skew === 0 && random() < 0.5;
  const loss = lossless ? 0 : random() * 0.4;
  const delivered: Delivered[] = [];
  const made = new Map<string, number>();
  let [count, run, idleUntil, outageUntil] = [0, 0, 0, 0];
  for (let minute = FROM; minute < FROM + MINUTES; minute++) {
    const day = dayOf(minute);
    const nearMidnight =
      minute - day.start < 2 * MIDNIGHT_SKEW_MIN || day.end - minute <= 2 * MIDNIGHT_SKEW_MIN;
    // The controller's midnight is the gateway's plus the skew.
    if (dayOf(minute - skew).start === minute - skew) [count, run] = [0, run + 1];
    // Right before midnight a restart cannot be told from a reset that came early, but where the day is said.
    else if ((ownDay || !nearMidnight) && random() < restartShare) [count, run] = [0, run + 1];
    if (random() < 0.005) idleUntil = minute + Math.floor(random() * 90);
    if (minute > outageUntil + 60 && random() < 0.001) outageUntil = minute + Math.floor(random() * 400);
    const pieces =
      minute < idleUntil && skew === 0
        ? 0
        : Math.max(skew === 0 ? 0 : 1, Math.round(ratePerMinute * (0.5 + random())));
    made.set(day.date, (made.get(day.date) ?? 0) + pieces);
    count += pieces;
    if (modulus !== null) count %= modulus;
    // With skewed clocks only records close to midnight show what happened there.
    const lost = !lossless && !(skew !== 0 && nearMidnight) && (random() < loss || minute < outageUntil);
    if (!lost) delivered.push({ minute, count, run });
  }
  return { delivered, modulus, ownDay, made, lossless: lossless && restartShare === 0 && skew === 0 };
}

/** What the delivered records show, told by someone who saw the controller's runs: not by the rules under test. */
function shown(
  { delivered, modulus, ownDay }: Machine,
  dateOf: (minute: number) => string,
): Map<string, number> {
  const counts = new Map<string, number>();
  delivered.forEach(({ minute, count, run }, index) => {
    const before = delivered[index - 1];
    const date = dateOf(minute);
    let pieces = count;
    if (before !== undefined && before.run === run)
      pieces = count - before.count + (count < before.count ? (modulus ?? 0) : 0);
    // A restart that no drop betrays, or one that looks like a wrap, cannot be seen in the data.
    else if (before !== undefined && dateOf(before.minute) === date && count >= before.count)
      pieces = count - before.count;
    else if (
      before !== undefined &&
      dateOf(before.minute) === date &&
      modulus !== null &&
      before.count - count > modulus / 2
    )
      pieces = count + modulus - before.count;
    // A counter that wrapped just before midnight and passed the same height right after it seems to have gone on.
    else if (!ownDay && before !== undefined && seemsToGoOn(before, { minute, count }, dateOf))
      pieces = count - before.count;
    counts.set(date, (counts.get(date) ?? 0) + pieces);
  });
  return counts;
}

function seemsToGoOn(
  before: { minute: number; count: number },
  now: { minute: number; count: number },
  dateOf: (minute: number) => string,
): boolean {
  const closeToMidnight =
    dateOf(before.minute) !== dateOf(before.minute + MIDNIGHT_SKEW_MIN) &&
    dateOf(now.minute) !== dateOf(now.minute - MIDNIGHT_SKEW_MIN);
  return closeToMidnight && before.count >= 20 && now.count >= before.count;
}

/** A counter that wrapped right before its midnight: also without a loss the data cannot show all that was made. */
function hidesMidnight({ delivered, ownDay }: Machine, dateOf: (minute: number) => string): boolean {
  if (ownDay) return false;
  return delivered.some((now, index) => {
    const before = delivered[index - 1];
    return before !== undefined && before.run !== now.run && seemsToGoOn(before, now, dateOf);
  });
}

function shuffle<T>(values: T[], random: () => number, reach: number): T[] {
  return values
    .map((value, index) => ({ value, key: index + random() * reach }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

describe('counts', () => {
  test('of 1,000 machines over three days equal what the data can show, through loss, restarts, wraps, skew and a clock change', () => {
    const findDay = createDayFinder();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomOf(seed);
        let exact = 0;
        for (let index = 0; index < MACHINES; index++) {
          const machine = simulate(random, (minute) => findDay(ZONE, minute));
          const track = createTrack(1);
          const counts = new Map<string, number>();
          for (const { minute, count } of machine.delivered) {
            const day = findDay(ZONE, minute);
            const pieces = piecesOf(countStep(track, 0, minute, count, day, machine.modulus, machine.ownDay));
            counts.set(day.date, (counts.get(day.date) ?? 0) + pieces);
          }
          const dateOf = (minute: number): string => findDay(ZONE, minute).date;
          expect(counts).toEqual(shown(machine, dateOf));
          if (!machine.lossless || hidesMidnight(machine, dateOf)) continue;
          exact++;
          expect(counts).toEqual(machine.made);
        }
        expect(exact).toBeGreaterThan(20);
      }),
      // Seeds that once found something are always tried: wraps just before midnight.
      { numRuns: 4, examples: [[0], [5], [-2_147_483_631]] },
    );
  }, 120_000);

  test('come out the same whatever the order and repetition of arrival, counted along or counted anew', () => {
    const findDay = createDayFinder();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomOf(seed);
        for (let index = 0; index < 8; index++) {
          const machine = simulate(random, (minute) => findDay(ZONE, minute));
          const total = (records: readonly Delivered[]): number => {
            const track = createTrack(1);
            return records.reduce(
              (sum, { minute, count }) =>
                sum +
                piecesOf(
                  countStep(track, 0, minute, count, findDay(ZONE, minute), machine.modulus, machine.ownDay),
                ),
              0,
            );
          };
          const doubled = [...machine.delivered, ...machine.delivered.filter(() => random() < 0.3)];
          const arrived = shuffle(doubled, random, 300);
          const kept = new Map<number, Delivered>();
          let along = 0;
          let track = createTrack(1);
          let newest = -1;
          let late = false;
          for (const record of arrived) {
            if (kept.has(record.minute)) continue;
            kept.set(record.minute, record);
            if (record.minute > newest && !late) {
              newest = record.minute;
              along += piecesOf(
                countStep(
                  track,
                  0,
                  record.minute,
                  record.count,
                  findDay(ZONE, record.minute),
                  machine.modulus,
                  machine.ownDay,
                ),
              );
            } else late = true;
            if (late && random() < 0.01) {
              // What live state does when something came late: read again what is stored, in minute order.
              const sorted = [...kept.values()].sort((a, b) => a.minute - b.minute);
              track = createTrack(1);
              along = 0;
              for (const one of sorted)
                along += piecesOf(
                  countStep(
                    track,
                    0,
                    one.minute,
                    one.count,
                    findDay(ZONE, one.minute),
                    machine.modulus,
                    machine.ownDay,
                  ),
                );
              newest = sorted.at(-1)?.minute ?? -1;
              late = false;
            }
          }
          if (!late) expect(along).toBe(total(machine.delivered));
          const anew = [...kept.values()].sort((a, b) => a.minute - b.minute);
          expect(total(anew)).toBe(total(machine.delivered));
        }
      }),
      { numRuns: 3 },
    );
  }, 60_000);

  const day = { start: 1_000, end: 2_440 };
  const steps = (
    records: readonly (readonly [minute: number, count: number])[],
    modulus: number | null = null,
    ownDay = false,
  ) => {
    const track = createTrack(1);
    return records.map(([minute, count]) =>
      countStep(
        track,
        0,
        minute,
        count,
        minute < day.end ? day : { start: day.end, end: day.end + 1_440 },
        modulus,
        ownDay,
      ),
    );
  };

  test('begin anew at local midnight, whatever was before', () => {
    expect(
      steps([
        [1_500, 900],
        [2_440, 3],
        [2_441, 5],
      ]),
    ).toEqual([900, 3, 2]);
    expect(
      steps([
        [1_500, 900],
        [2_900, 950],
      ]),
    ).toEqual([900, 950]);
  });

  test('flag a drop in the middle of the day as a restart and lose nothing after it', () => {
    expect(
      steps([
        [1_500, 900],
        [1_501, 4],
        [1_502, 6],
      ]),
    ).toEqual([900, -5, 2]);
    expect(piecesOf(-5)).toBe(4);
  });

  test('go on over a wrap at the declared modulus', () => {
    expect(
      steps(
        [
          [1_500, 65_530],
          [1_501, 4],
        ],
        65_536,
      ),
    ).toEqual([65_530, 10]);
    expect(
      steps(
        [
          [1_500, 20_000],
          [1_501, 4],
        ],
        65_536,
      ),
    ).toEqual([20_000, -5]);
  });

  test('survive a counter whose midnight is some minutes early or late', () => {
    expect(
      steps([
        [2_435, 900],
        [2_436, 1],
        [2_439, 8],
        [2_440, 11],
        [2_441, 12],
      ]),
    ).toEqual([900, 1, 7, 3, 1]);
    expect(
      steps([
        [2_439, 900],
        [2_440, 903],
        [2_443, 910],
        [2_444, 2],
        [2_445, 5],
      ]),
    ).toEqual([900, 3, 7, 2, 3]);
  });

  test('whose day is said begin at its midnight, however much was made over it, and fall only by a restart', () => {
    const began = [
      [2_438, 30],
      [2_445, 400],
    ] as const;
    expect(steps(began)).toEqual([30, 370]);
    expect(steps(began, null, true)).toEqual([30, 400]);
    const fell = [
      [2_435, 900],
      [2_436, 1],
      [2_441, 5],
    ] as const;
    expect(steps(fell)).toEqual([900, 1, 4]);
    expect(steps(fell, null, true)).toEqual([900, -2, 5]);
  });

  test('that were taken for late are set right by the first one whose day is said', () => {
    const track = createTrack(1);
    const next = { start: day.end, end: day.end + 1_440 };
    expect(countStep(track, 0, 2_439, 900, day, null, false)).toBe(900);
    expect(countStep(track, 0, 2_440, 903, next, null, false)).toBe(3);
    expect(countStep(track, 0, 2_460, 950, next, null, true)).toBe(950);
    expect(countStep(track, 0, 2_461, 955, next, null, true)).toBe(5);
  });

  test('of an early counter do not go on over days without a record', () => {
    const later = { start: day.end + 1_440, end: day.end + 2_880 };
    expect(
      steps([
        [2_435, 900],
        [2_436, 1],
      ]),
    ).toEqual([900, 1]);
    const track = createTrack(1);
    countStep(track, 0, 2_435, 900, day, null, false);
    countStep(track, 0, 2_436, 1, day, null, false);
    expect(countStep(track, 0, 4_000, 70, later, null, false)).toBe(70);
  });
});
