import { residentMb } from './cpu.ts';
import type { BenchFigure } from './figure.ts';
import type { MinuteLoadReport } from './load/minute-load.ts';
import { openRig, type Rig, runLoad } from './rig.ts';
import type { SeedPlan } from './seed.ts';

const PLANT: SeedPlan = { gateways: 10_000, machinesPerGateway: 100 };
const MINUTES = 5;
const GOAL_P99_MS = 1_000;
const GOAL_RESIDENT_MB = 1_024;
const SAMPLE_MS = 1_000;
/**
 * V8 lets garbage grow to what it may take, here 4 GiB; a million machines are 0.5 GiB of live heap. Whoever runs so many in
 * 1 GiB bounds it like this (NODE_OPTIONS).
 */
const HEAP_BOUND = ['--max-old-space-size=640'];

/** B2: a million machines, one record a minute each, every gateway on its own connection. */
export async function benchMillion(minutes = MINUTES): Promise<BenchFigure[]> {
  const rig = await openRig(PLANT, {}, HEAP_BOUND);
  try {
    const memory = watchMemory(rig);
    const before = rig.cpu();
    const startedAt = performance.now();
    const report = await runLoad<MinuteLoadReport>('./load/minute-load.ts', {
      port: rig.httpPort,
      plant: PLANT,
      minutes,
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = rig.cpu();
    const share = (100 * (after.server - before.server + after.postgres - before.postgres)) / seconds;
    const lost = report.accepted - (await storedRecords(rig)) + (report.sent - report.accepted);
    return [
      {
        id: 'B2',
        what: `one million machines, ${minutes} minutes: acknowledgement, 99th percentile`,
        figure: Math.round(report.p99Ms),
        unit: 'ms',
        goal: GOAL_P99_MS,
        atMost: true,
        ok: report.p99Ms < GOAL_P99_MS,
        note: `median ${report.p50Ms.toFixed(0)} ms, longest ${report.maxMs.toFixed(0)} ms; server and PostgreSQL took ${share.toFixed(0)} % of one core`,
      },
      {
        id: 'B2.memory',
        what: 'the same: resident memory of the server, highest',
        figure: Math.round(memory.stop()),
        unit: 'MiB',
        goal: GOAL_RESIDENT_MB,
        atMost: true,
        ok: memory.highest() < GOAL_RESIDENT_MB,
        note: `heap bounded by ${HEAP_BOUND.join(' ')}`,
      },
      {
        id: 'B2.lost',
        what: 'the same: records sent and not stored exactly once',
        figure: lost,
        unit: 'records',
        goal: 0,
        atMost: true,
        ok: lost === 0 && report.failed === 0,
        note: `${report.sent} sent, ${report.accepted} acknowledged`,
      },
    ];
  } finally {
    await rig.close();
  }
}

export function watchMemory(rig: Rig): { highest(): number; stop(): number } {
  let highest = residentMb(rig.serverPid);
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMb(rig.serverPid));
  }, SAMPLE_MS);
  return {
    highest: () => highest,
    stop: () => {
      clearInterval(timer);
      return highest;
    },
  };
}

/** Counted in the table itself, not in what the server says. */
export async function storedRecords(rig: Rig): Promise<number> {
  const [row] = await rig.query<{ records: string }>(
    'SELECT coalesce(sum(cardinality(array_remove(running_s, NULL))), 0) AS records FROM record_batch',
  );
  return Number(row?.records ?? 0);
}
