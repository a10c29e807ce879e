import type { CountGrain, CountRow } from '@millrace/contract';
import { localDays } from '@millrace/engine';
import { MINUTE_MS } from '../ingest/index.ts';
import { type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { RegisteredMachine, Registry } from '../registry/index.ts';
import type { Counts, Totals } from './counts.ts';

const HOUR_MIN = 60;
const DAY_MS = 86_400_000;
/** Longest span of one answer: some thousand rows, and raw minutes of two days at most. */
const SPAN_MS_MAX: Readonly<Record<CountGrain, number>> = {
  minute: 2 * DAY_MS,
  hour: 93 * DAY_MS,
  shift: 93 * DAY_MS,
  day: 800 * DAY_MS,
};

/** Counts of one machine in [from, to): every recorded minute, or every hour, shift or local day that begins in it. */
export async function readCountRows(
  tx: Tx,
  counts: Counts,
  registry: Registry,
  machine: RegisteredMachine,
  grain: CountGrain,
  from: number,
  to: number,
): Promise<{ rows: CountRow[] } | Refusal> {
  const wrong = checkSpan(grain, from, to);
  if (wrong) return wrong;
  if (grain === 'minute') {
    const minutes = await counts.minutes(tx, machine, Math.ceil(from / MINUTE_MS), Math.ceil(to / MINUTE_MS));
    const rows = minutes.map(({ minute, pieces, runningS, energyWh }) =>
      rowOf(minute * MINUTE_MS, (minute + 1) * MINUTE_MS, { pieces, runningS, energyWh, records: 1 }),
    );
    return { rows };
  }
  if (grain === 'hour') {
    const hourMs = HOUR_MIN * MINUTE_MS;
    const hours = await counts.hours(tx, machine, Math.ceil(from / hourMs), Math.ceil(to / hourMs));
    return { rows: hours.map(({ hour, ...totals }) => rowOf(hour * hourMs, (hour + 1) * hourMs, totals)) };
  }
  const spans = spansOf(registry, machine, grain, from, to);
  const totals = await counts.totals(
    tx,
    machine,
    spans.map((span) => ({
      from: Math.ceil(span.from / MINUTE_MS),
      to: Math.ceil(span.to / MINUTE_MS),
    })),
  );
  return { rows: spans.map((span, index) => rowOf(span.from, span.to, totals[index] as Totals)) };
}

function rowOf(from: number, to: number, { pieces, runningS, energyWh, records }: Totals): CountRow {
  return { from, to, count: pieces, runningS, energyWh, records };
}

function spansOf(
  registry: Registry,
  machine: RegisteredMachine,
  grain: 'shift' | 'day',
  from: number,
  to: number,
): { from: number; to: number }[] {
  const days = localDays(from, to, machine.zone);
  const spans =
    grain === 'day'
      ? days.map(({ startMs, endMs }) => ({ from: startMs, to: endMs }))
      : days.flatMap(({ date }) => registry.shiftsOf(machine, date));
  return spans
    .filter((span) => span.from >= from && span.from < to)
    .map((span) => ({ from: span.from, to: span.to }));
}

function checkSpan(grain: CountGrain, from: number, to: number): Refusal | undefined {
  const daysMax = SPAN_MS_MAX[grain] / DAY_MS;
  if (to > from && to - from <= SPAN_MS_MAX[grain]) return undefined;
  return refuse(
    'span-out-of-bounds',
    400,
    `The span must be longer than nothing and, by ${grain}, at most ${daysMax} days.`,
    {
      fields: [{ pointer: '/querystring/to', message: 'must be after from and within the bound' }],
      values: { daysMax, grain },
    },
  );
}
