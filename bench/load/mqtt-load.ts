import { setTimeout as sleep } from 'node:timers/promises';
import { type SeedPlan, seedNames } from '../seed.ts';
import { type MqttSocket, openMqttSocket } from './mqtt-socket.ts';

/** Open loop: every device publishes on its second, whether the last message was acknowledged or not. */
interface MqttLoadPlan {
  readonly port: number;
  readonly plant: SeedPlan;
  /** Devices of this process, [from, to). */
  readonly devices: readonly [number, number];
  readonly warmSeconds: number;
  readonly seconds: number;
  /** All processes begin at the same instant, epoch ms; connections are made before. */
  readonly startAt: number;
}
export interface MqttLoadReport {
  readonly published: number;
  readonly acknowledged: number;
  readonly cutOff: number;
  /** How many messages after the warm-up took so many whole milliseconds, rounded up, from publish to PUBACK. */
  readonly byMs: readonly number[];
  /** How late the generator itself was at worst, ms. */
  readonly lateMs: number;
}

const PARALLEL_CONNECTS = 100;
const TURN_MS = 2;
/** Whoever has no answer by then has none. */
const LAST_ANSWER_MS = 15_000;

const plan = JSON.parse(process.argv[2] ?? '{}') as MqttLoadPlan;
const names = seedNames(plan.plant);
const [first, last] = plan.devices;
const devices = last - first;
const sockets: MqttSocket[] = [];
const sentAt = new Map<number, number>();
const byMs = new Array<number>(LAST_ANSWER_MS + 1).fill(0);
let published = 0;
let acknowledged = 0;
let cutOff = 0;
let ending = false;

/** A device's messages are numbered by the second, so that a message is known by both. */
const keyOf = (device: number, id: number): number => device * 65_536 + id;
const now = (): number => performance.timeOrigin + performance.now();
function tally(latencyMs: number): void {
  const ms = Math.min(LAST_ANSWER_MS, Math.max(0, Math.ceil(latencyMs)));
  byMs[ms] = (byMs[ms] ?? 0) + 1;
}
const warmEndsAt = plan.startAt + plan.warmSeconds * 1_000;

async function connectAll(): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < devices) {
      const device = next++;
      sockets[device] = await openMqttSocket(
        plan.port,
        `bench-${first + device}`,
        names.deviceToken(first + device),
        {
          acknowledged: (id) => {
            const key = keyOf(device, id);
            const sent = sentAt.get(key);
            if (sent === undefined) return;
            sentAt.delete(key);
            acknowledged++;
            if (sent >= warmEndsAt) tally(now() - sent);
          },
          closed: () => {
            if (!ending) cutOff++;
          },
        },
      );
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CONNECTS }, worker));
}

await connectAll();
const total = devices * (plan.warmSeconds + plan.seconds);
let lateMs = 0;
for (let index = 0; index < total; ) {
  const sinceMs = now() - plan.startAt;
  const due = Math.min(total, Math.floor((sinceMs * devices) / 1_000));
  if (index < due) lateMs = Math.max(lateMs, sinceMs - (index * 1_000) / devices);
  for (; index < due; index++) {
    const device = index % devices;
    const second = Math.floor(index / devices) + 1;
    // The true instant of this one write: a burst that waits in the generator is not the server's.
    const at = now();
    sentAt.set(keyOf(device, second), at);
    published++;
    sockets[device]?.publish(
      'v1/devices/me/telemetry',
      `{"ts":${Math.floor(at)},"values":{"count":${second * 3},"running":${second % 7 !== 0},"energy":${second % 5}}}`,
      second,
    );
  }
  await sleep(TURN_MS);
}
const endedAt = Date.now();
while (sentAt.size > 0 && Date.now() - endedAt < LAST_ANSWER_MS) await sleep(20);
ending = true;
for (const socket of sockets) socket.close();
const report: MqttLoadReport = {
  published,
  acknowledged,
  cutOff,
  byMs: byMs.slice(0, byMs.findLastIndex((messages) => messages > 0) + 1),
  lateMs,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.disconnect?.();
