import { type DayPlan, type DayResult, runDay, ZONE } from '../../test/edge/day.ts';
import type { BenchFigure } from '../figure.ts';
import { openRig } from '../rig.ts';
import { openSmallDisk } from './tmpfs.ts';

/** Domain seconds a second: a day is six minutes, and a restart of the agent some ten minutes of it. */
const SPEED = 240;
/** 11:00 in the factory; its midnight lies between the two halves of the kills. */
const START = Date.UTC(2026, 2, 2, 3);
const MACHINES = 100;
/** A day of a hundred machines takes 15 MiB. */
const DISK_MIB = 48;
/** [issue 4, E1] */
const LIVE_DELAY_S_MAX = 5;

/** E1: a day without the platform, ten kills, the disk full for two hours and a half. */
export async function benchOutage(say: (line: string) => void): Promise<BenchFigure[]> {
  const disk = openSmallDisk(DISK_MIB);
  try {
    const day = await onPlatform({
      ...{ gateway: 0, machines: MACHINES, warmUpMinutes: 20, troubleMinutes: 1_440, liveMinutes: 20 },
      ...{ kills: 10, link: 'down', delayMs: 0, seed: 1, say },
      ...(disk === undefined ? {} : { disk }),
    });
    const filled = disk === undefined ? 'the disk was not filled: that takes root' : 'disk filled once';
    return [
      truth('E1', `24 h outage, ${MACHINES} machines, 10 kills, ${filled}`, day),
      {
        id: 'E1 live',
        what: 'longest way of a live minute beside the replay',
        figure: Number((day.liveDelayMs / 1_000).toFixed(2)),
        unit: 's',
        goal: LIVE_DELAY_S_MAX,
        atMost: true,
        ok: day.liveDelayMs < LIVE_DELAY_S_MAX * 1_000 && day.liveMinutesSeen > 0,
        note: `${day.liveMinutesSeen} minutes, one each ${60_000 / SPEED} ms; ${day.backlog} records replayed in ${(day.replayMs / 1_000).toFixed(1)} s`,
      },
    ];
  } finally {
    disk?.close();
  }
}

/** E2: the same truth over a link on which three requests in ten go wrong, for six hours. */
export async function benchLossyLink(say: (line: string) => void): Promise<BenchFigure[]> {
  const day = await onPlatform({
    ...{ gateway: 0, machines: MACHINES, warmUpMinutes: 10, troubleMinutes: 360, liveMinutes: 10 },
    ...{ kills: 2, link: 'lossy', delayMs: 2_000, seed: 2, say },
  });
  return [
    truth('E2', `lossy link (${day.linkFaults} requests went wrong), 2 kills, ${MACHINES} machines`, day),
  ];
}

async function onPlatform(plan: DayPlan): Promise<DayResult> {
  const rig = await openRig(
    { gateways: 1, machinesPerGateway: plan.machines, zone: ZONE },
    {
      MILLRACE_ROLES: 'api,ingest',
      MILLRACE_CLOCK_SPEED: String(SPEED),
      MILLRACE_CLOCK_START: String(START),
    },
  );
  try {
    return await runDay({ ...rig, http: `http://127.0.0.1:${rig.httpPort}` }, plan);
  } finally {
    await rig.close();
  }
}

/** Everything that may not be, added up; what the full disk cost by its policy is counted and named by the agent itself. */
function truth(id: string, what: string, day: DayResult): BenchFigure {
  const { missing, altered, twice, conflict, rejected, wrongDays, dropped, quarantined } = day;
  const unexplained = Math.max(0, missing - dropped);
  const faults = unexplained + altered + twice + conflict + rejected + wrongDays.length + quarantined;
  const sawEnough = day.durable > 0 && day.pieces > 0 && day.machineDays > 0;
  return {
    id,
    what: `${what}: records lost unsaid, altered, twice, in conflict or refused, and machine-days with a wrong count`,
    figure: faults,
    unit: 'faults',
    goal: 0,
    atMost: true,
    ok: faults === 0 && sawEnough,
    note: [
      `${day.accepted} records accepted, ${day.duplicate} of them sent again; ${day.durable} looked for that were on the disk at a kill`,
      `${day.pieces} pieces on ${day.machineDays} machine-days; given up by the policy for a full disk ${dropped}, quarantined ${quarantined}`,
      ...wrongDays.slice(0, 5),
    ].join('\n         '),
  };
}
