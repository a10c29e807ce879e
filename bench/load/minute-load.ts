import { quantile } from '../figure.ts';
import type { SeedPlan } from '../seed.ts';
import { type HttpSocket, openHttpSocket } from './http-socket.ts';
import { recordText } from './records.ts';

/** Open loop: every gateway sends once a minute at its own second, on its own kept connection, whatever the others do. */
interface MinuteLoadPlan {
  readonly port: number;
  readonly plant: SeedPlan;
  readonly minutes: number;
}
export interface MinuteLoadReport {
  readonly sent: number;
  readonly accepted: number;
  readonly failed: number;
  /** From the second a gateway wanted to send to its acknowledgement: a queue in the generator counts too. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const MINUTE_MS = 60_000;
const TICK_MS = 10;

const plan = JSON.parse(process.argv[2] ?? '{}') as MinuteLoadPlan;
const text = recordText(plan.plant);
const { gateways } = plan.plant;
const sockets: HttpSocket[] = Array.from({ length: gateways }, () => openHttpSocket(plan.port));
const latencies: number[] = [];
let sent = 0;
let accepted = 0;
let failed = 0;
const waiting = new Set<Promise<void>>();

async function send(gateway: number, minute: number, wantedAt: number): Promise<void> {
  const records = plan.plant.machinesPerGateway;
  sent += records;
  try {
    // Counters begin with the load, as at the begin of a shift.
    const body = text.upload(gateway, minute, minute - firstMinute + 1);
    const answer = await (sockets[gateway] as HttpSocket).post(text.plant.gatewayToken(gateway), body);
    if (answer.status === 200) accepted += (JSON.parse(answer.body) as { accepted: number }).accepted;
    else failed++;
  } catch {
    // A broken connection is a failed upload; the report counts it.
    failed++;
  }
  latencies.push(performance.now() - wantedAt);
}

const startedAt = performance.now();
const firstMinute = Math.floor(Date.now() / MINUTE_MS) - 1;
const total = gateways * plan.minutes;
let next = 0;
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / MINUTE_MS) * gateways));
    for (; next < due; next++) {
      const wantedAt = startedAt + (next / gateways) * MINUTE_MS;
      const task: Promise<void> = send(
        next % gateways,
        firstMinute + Math.floor(next / gateways),
        wantedAt,
      ).finally(() => waiting.delete(task));
      waiting.add(task);
    }
    if (next < total) return;
    clearInterval(timer);
    resolve();
  }, TICK_MS);
});
await Promise.all(waiting);
for (const socket of sockets) socket.close();
const report: MinuteLoadReport = {
  sent,
  accepted,
  failed,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
  maxMs: quantile(latencies, 1),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.disconnect?.();
