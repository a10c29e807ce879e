import type { BenchFigure } from './figure.ts';
import type { OverloadReport } from './load/overload-load.ts';
import { storedRecords, watchMemory } from './million.ts';
import { openRig, type Rig, runLoad } from './rig.ts';
import type { SeedPlan } from './seed.ts';

const PLANT: SeedPlan = { gateways: 2_000, machinesPerGateway: 100 };
const SECONDS = 60;
/** The normal load beside which the other is ten times as much: what some gateways offer in a closed loop. */
const CONNECTIONS = 100;
const TIMES = 10;
/** The queue of 200,000 records, the layouts and the live state of 200,000 machines, and room for the collector. */
const GOAL_RESIDENT_MB = 1_024;
/** Afterwards a small load is as quick as before. */
const GOAL_RECOVERED_P99_MS = 1_000;
const MINUTE_MS = 60_000;
/** Two days of it, so that nobody runs out of records to send. */
const BACKLOG_MINUTES = 2_880;
/** 500 records an upload: a thousand of them at once are more than the queue takes. */
const BACK_FILL_MINUTES = 5;

/** B6: ten times more senders than the platform serves at its ease, for a minute; then as before. */
export async function benchOverload(seconds = SECONDS): Promise<BenchFigure[]> {
  const rig = await openRig(PLANT);
  try {
    const memory = watchMemory(rig);
    const fromMinute = Math.floor(Date.now() / MINUTE_MS) - BACKLOG_MINUTES;
    const storm = await load(rig, {
      connections: CONNECTIONS * TIMES,
      seconds,
      fromMinute,
      uploadsMax: BACKLOG_MINUTES / BACK_FILL_MINUTES / 2,
      minutesPerUpload: BACK_FILL_MINUTES,
    });
    const calm = await load(rig, {
      connections: 8,
      seconds: 5,
      fromMinute: fromMinute + BACKLOG_MINUTES / 2,
      uploadsMax: BACKLOG_MINUTES / 2,
      minutesPerUpload: 1,
    });
    const accepted = storm.accepted + calm.accepted;
    const stored = await storedRecords(rig);
    // What was stored and not acknowledged (the storm ended before the answer) is no loss; the other way round is.
    const lost = Math.max(0, accepted - stored);
    return [
      {
        id: 'B6',
        what: `${TIMES} × overload for ${seconds} s: resident memory of the server, highest`,
        figure: Math.round(memory.stop()),
        unit: 'MiB',
        goal: GOAL_RESIDENT_MB,
        atMost: true,
        ok: memory.highest() < GOAL_RESIDENT_MB && storm.refused > 0,
        note: `${storm.uploads} answers, ${storm.refused} of them 503, ${storm.broken} connections cut; ${storm.accepted} records acknowledged`,
      },
      {
        id: 'B6.recovered',
        what: 'right after it: acknowledgement of a small load, 99th percentile',
        figure: Math.round(calm.p99Ms),
        unit: 'ms',
        goal: GOAL_RECOVERED_P99_MS,
        atMost: true,
        ok: calm.p99Ms < GOAL_RECOVERED_P99_MS && calm.refused === 0,
      },
      {
        id: 'B6.lost',
        what: 'records acknowledged and not stored',
        figure: lost,
        unit: 'records',
        goal: 0,
        atMost: true,
        ok: lost === 0,
        note: `${accepted} acknowledged, ${stored} stored`,
      },
    ];
  } finally {
    await rig.close();
  }
}

interface Storm {
  readonly connections: number;
  readonly seconds: number;
  readonly fromMinute: number;
  readonly uploadsMax: number;
  readonly minutesPerUpload: number;
}

function load(rig: Rig, storm: Storm): Promise<OverloadReport> {
  return runLoad<OverloadReport>('./load/overload-load.ts', { port: rig.httpPort, plant: PLANT, ...storm });
}
