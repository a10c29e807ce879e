import { setTimeout as sleep } from 'node:timers/promises';
import { residentMb } from './cpu.ts';
import type { BenchFigure } from './figure.ts';
import type { MqttLoadReport } from './load/mqtt-load.ts';
import { openRig, type Rig, runLoad } from './rig.ts';
import type { SeedPlan } from './seed.ts';

/** ThingsBoard's published load for 2 vCPU: so many devices, each one message a second with three values. */
const PLANT: SeedPlan = { gateways: 1, machinesPerGateway: 1, devices: 5_000 };
const SECONDS = 60;
/** Enough for the compiler to settle. */
const WARM_SECONDS = 10;
/** Connections are made before the first message; a hundred at once take some seconds. */
const CONNECT_MS = 20_000;
const GOAL_P99_MS = 250;
/** ThingsBoard CE with PostgreSQL on 2 vCPU at this load, from its published measurements; it acknowledges before it stores. */
const PEER = { name: 'ThingsBoard, 2 vCPU, acknowledged before durable', figure: 95 };
const PEER_CORES = 2;

interface Measured {
  readonly report: MqttLoadReport;
  readonly serverS: number;
  readonly postgresS: number;
  readonly residentMb: number;
  readonly stored: number;
}

/** B3: 5,000 MQTT connections × 1 message a second × 3 values, acknowledged after COMMIT. */
export async function benchMqtt(seconds = SECONDS): Promise<BenchFigure[]> {
  const rig = await openRig(PLANT);
  try {
    return figuresOf(await measure(rig, seconds), seconds);
  } finally {
    await rig.close();
  }
}

async function measure(rig: Rig, seconds: number): Promise<Measured> {
  const startAt = Date.now() + CONNECT_MS;
  const loading = runLoad<MqttLoadReport>('./load/mqtt-load.ts', {
    port: rig.mqttPort,
    plant: PLANT,
    devices: [0, PLANT.devices ?? 0],
    warmSeconds: WARM_SECONDS,
    seconds,
    startAt,
  });
  const cpuOver = async () => {
    await sleep(startAt + WARM_SECONDS * 1_000 - Date.now());
    const before = rig.cpu();
    await sleep(seconds * 1_000);
    const after = rig.cpu();
    return {
      serverS: after.server - before.server,
      postgresS: after.postgres - before.postgres,
      residentMb: residentMb(rig.serverPid),
    };
  };
  const [report, cpu] = await Promise.all([loading, cpuOver()]);
  const [row] = await rig.query<{ messages: string | number }>(
    'SELECT coalesce(sum(cardinality(message_machine)), 0) AS messages FROM telemetry_group',
  );
  return { report, ...cpu, stored: Number(row?.messages) };
}

function figuresOf(
  { report, serverS, postgresS, residentMb, stored }: Measured,
  seconds: number,
): BenchFigure[] {
  const lost = Math.max(0, report.acknowledged - stored);
  const p99 = quantileMs(report.byMs, 0.99);
  const share = ((serverS + postgresS) / seconds / PEER_CORES) * 100;
  const load = `${PLANT.devices} MQTT connections × 1 message/s × 3 values for ${seconds} s`;
  return [
    {
      id: 'B3',
      what: `${load}: publish → PUBACK after COMMIT, 99th percentile`,
      figure: p99,
      unit: 'ms',
      goal: GOAL_P99_MS,
      atMost: true,
      ok: p99 < GOAL_P99_MS && report.acknowledged === report.published && report.cutOff === 0,
      note: `median ${quantileMs(report.byMs, 0.5)} ms, 99.9 % ${quantileMs(report.byMs, 0.999)} ms, highest ${report.byMs.length - 1} ms; generator late by ${Math.round(report.lateMs)} ms at worst`,
    },
    {
      id: 'B3.cpu',
      what: 'CPU share of two cores, server and PostgreSQL together',
      figure: Math.round(share),
      unit: '%',
      goal: PEER.figure,
      atMost: true,
      reference: PEER,
      ratio: PEER.figure / share,
      ok: share < PEER.figure,
      note: `server ${serverS.toFixed(1)} s, PostgreSQL ${postgresS.toFixed(1)} s of ${seconds} s; ${Math.round(residentMb)} MiB resident`,
    },
    {
      id: 'B3.lost',
      what: 'messages acknowledged and not stored',
      figure: lost,
      unit: 'messages',
      goal: 0,
      atMost: true,
      ok: lost === 0,
      note: `${report.published} published, ${report.acknowledged} acknowledged, ${stored} stored, ${report.cutOff} connections cut`,
    },
  ];
}

function quantileMs(byMs: readonly number[], share: number): number {
  const wanted = byMs.reduce((sum, messages) => sum + messages, 0) * share;
  let seen = 0;
  return byMs.findIndex((messages) => {
    seen += messages;
    return seen >= wanted;
  });
}
