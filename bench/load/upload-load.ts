import { quantile } from '../figure.ts';
import type { SeedPlan } from '../seed.ts';
import { openHttpSocket } from './http-socket.ts';
import { recordText } from './records.ts';

/** Closed loop: every connection sends the next upload when the last was acknowledged. */
interface LoadPlan {
  readonly port: number;
  readonly plant: SeedPlan;
  readonly connections: number;
  /** Minutes of each gateway, ascending. */
  readonly fromMinute: number;
  readonly minutes: number;
  /** Gateways of this run, [from, to). */
  readonly gateways: readonly [number, number];
}
export interface LoadReport {
  readonly accepted: number;
  readonly refused: number;
  readonly uploads: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan;
const text = recordText(plan.plant);
const [first, last] = plan.gateways;
let next = 0;
const total = (last - first) * plan.minutes;
let accepted = 0;
let refused = 0;
let bytes = 0;
const latencies: number[] = [];
const startedAt = performance.now();

await Promise.all(
  Array.from({ length: plan.connections }, async () => {
    const socket = openHttpSocket(plan.port);
    while (next < total) {
      const index = next++;
      const gateway = first + (index % (last - first));
      const minute = Math.floor(index / (last - first));
      const body = text.upload(gateway, plan.fromMinute + minute, minute + 1);
      const sentAt = performance.now();
      const answer = await socket.post(text.plant.gatewayToken(gateway), body);
      latencies.push(performance.now() - sentAt);
      bytes += body.length;
      if (answer.status === 200) accepted += (JSON.parse(answer.body) as { accepted: number }).accepted;
      else refused++;
    }
    socket.close();
  }),
);
const report: LoadReport = {
  accepted,
  refused,
  uploads: total,
  seconds: (performance.now() - startedAt) / 1000,
  bytes,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.disconnect?.();
