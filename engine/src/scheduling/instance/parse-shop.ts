import type { Alternative } from '../disjunctive/shop.ts';
import { type NumberRow, numberRows } from './number-rows.ts';
import type { ParsedShop, ShopRefusal } from './shop-refusal.ts';

/**
 * `job-shop` (OR-Library, JSPLIB): a row "jobs machines", then a row per job of pairs "machine duration".
 * `flexible` (Brandimarte and its successors): a row "jobs machines [alternatives per operation]", then a row
 * per job: its number of operations, and for each the number of alternatives and as many pairs.
 */
export type ShopFormat = 'job-shop' | 'flexible';

type Job = readonly (readonly Alternative[])[];

/** Both formats exist with machines counted from 0 and from 1: from 1 when the last number is used and 0 is not. */
export function parseShop(text: string, format: ShopFormat): ParsedShop {
  const rows = numberRows(text);
  if ('code' in rows) return { ok: false, refusal: rows };
  const [header, ...body] = rows;
  const count = header?.values[0] ?? Number.NaN;
  const machines = header?.values[1] ?? Number.NaN;
  if (!header || header.values.length > 3 || !isWhole(count) || !isWhole(machines)) {
    return refuse('no-header', header?.line ?? 0, 'the first row of numbers must be "jobs machines"');
  }
  if (body.length < count) {
    return refuse('missing-jobs', rows.at(-1)?.line ?? 0, `${body.length} rows for ${count} jobs`);
  }
  const jobs: Job[] = [];
  for (const row of body.slice(0, count)) {
    const job = format === 'flexible' ? flexibleJob(row, machines) : plainJob(row, machines);
    if ('code' in job) return { ok: false, refusal: job };
    jobs.push(job);
  }
  const numbers = jobs.flat(2).map(({ machine }) => machine);
  const lowest = numbers.reduce((least, machine) => Math.min(least, machine), machines);
  const highest = numbers.reduce((most, machine) => Math.max(most, machine), 0);
  if (highest < machines) return { ok: true, shop: { machines, jobs } };
  if (lowest === 0) return refuse('bad-row', 0, `machines 0 and ${highest} of ${machines}`);
  return { ok: true, shop: { machines, jobs: jobs.map(countFromZero) } };
}

/** Guesses the format: in a plain job shop every row of a job has an even number of numbers, 2 per machine visit. */
export function shopFormatOf(text: string): ShopFormat {
  const rows = numberRows(text);
  if ('code' in rows) return 'job-shop';
  const [header, ...body] = rows;
  const jobs = body.slice(0, header?.values[0] ?? 0);
  const machines = header?.values[1] ?? 0;
  if (header?.values.length === 3) return 'flexible';
  return jobs.every((row) => 'code' in flexibleJob(row, machines) === false) ? 'flexible' : 'job-shop';
}

function plainJob({ line, values }: NumberRow, machines: number): Job | ShopRefusal {
  if (values.length % 2 === 1) return badRow(line, `${values.length} numbers are not pairs`);
  const job: Alternative[][] = [];
  for (let i = 0; i < values.length; i += 2) {
    const alternative = alternativeAt(values, i, machines);
    if (!alternative) return badRow(line, `"${values[i]} ${values[i + 1]}" is no machine and duration`);
    job.push([alternative]);
  }
  return job;
}

function flexibleJob({ line, values }: NumberRow, machines: number): Job | ShopRefusal {
  const steps = values[0] ?? -1;
  const job: Alternative[][] = [];
  let i = 1;
  while (i < values.length && job.length < steps) {
    const count = values[i++] as number;
    if (!isWhole(count) || count === 0 || i + 2 * count > values.length) {
      return badRow(line, `operation ${job.length + 1}: "${count}" is no number of alternatives`);
    }
    const alternatives = new Map<number, Alternative>();
    for (const end = i + 2 * count; i < end; i += 2) {
      const alternative = alternativeAt(values, i, machines);
      if (!alternative) return badRow(line, `"${values[i]} ${values[i + 1]}" is no machine and duration`);
      // Some published rows name a machine twice; the shorter time is what a planner would take.
      const known = alternatives.get(alternative.machine);
      if (!known || alternative.duration < known.duration) {
        alternatives.set(alternative.machine, alternative);
      }
    }
    job.push([...alternatives.values()]);
  }
  if (job.length !== steps || i !== values.length) {
    return badRow(
      line,
      `${steps} operations announced, ${job.length} found in ${i} of ${values.length} numbers`,
    );
  }
  return job;
}

function alternativeAt(values: readonly number[], at: number, machines: number): Alternative | undefined {
  const machine = values[at] ?? -1;
  const duration = values[at + 1] ?? -1;
  return isWhole(machine) && machine <= machines && isWhole(duration) ? { machine, duration } : undefined;
}

function countFromZero(job: Job): Job {
  return job.map((alternatives) =>
    alternatives.map(({ machine, duration }) => ({ machine: machine - 1, duration })),
  );
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function badRow(line: number, detail: string): ShopRefusal {
  return { code: 'bad-row', line, detail };
}

function refuse(code: ShopRefusal['code'], line: number, detail: string): ParsedShop {
  return { ok: false, refusal: { code, line, detail } };
}
