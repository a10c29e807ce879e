import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../figure.ts';
import type { SeedPlan } from '../seed.ts';
import { openHttpSocket } from './http-socket.ts';
import { recordText } from './records.ts';

/** Many gateways with a backlog, all at once: everyone sends as fast as answers come, and after a refusal at once again. */
interface OverloadPlan {
  readonly port: number;
  readonly plant: SeedPlan;
  readonly connections: number;
  readonly seconds: number;
  readonly fromMinute: number;
  /** Uploads of one gateway at most. */
  readonly uploadsMax: number;
  /** Minutes one upload carries: gateways with a backlog send it in back-fills. */
  readonly minutesPerUpload: number;
}
export interface OverloadReport {
  /** Records of uploads that were answered 200. */
  readonly accepted: number;
  readonly uploads: number;
  readonly refused: number;
  readonly broken: number;
  readonly p99Ms: number;
}

const RETRY_MS = 20;
const plan = JSON.parse(process.argv[2] ?? '{}') as OverloadPlan;
const text = recordText(plan.plant);
const until = performance.now() + plan.seconds * 1_000;
const latencies: number[] = [];
let accepted = 0;
let refused = 0;
let broken = 0;
let next = 0;

async function gatewayLoop(): Promise<void> {
  const socket = openHttpSocket(plan.port);
  while (performance.now() < until) {
    const index = next++;
    const gateway = index % plan.plant.gateways;
    const upload = Math.floor(index / plan.plant.gateways);
    if (upload >= plan.uploadsMax) break;
    const minute = upload * plan.minutesPerUpload;
    const body = text.upload(gateway, plan.fromMinute + minute, minute + 1, plan.minutesPerUpload);
    for (let done = false; !done && performance.now() < until; ) {
      const sentAt = performance.now();
      try {
        const answer = await socket.post(text.plant.gatewayToken(gateway), body);
        latencies.push(performance.now() - sentAt);
        if (answer.status === 200) {
          accepted += (JSON.parse(answer.body) as { accepted: number }).accepted;
          done = true;
        } else refused++;
      } catch {
        // Cut off: counted, and tried again like any gateway does.
        broken++;
      }
      if (!done) await sleep(RETRY_MS);
    }
  }
  socket.close();
}

await Promise.all(Array.from({ length: plan.connections }, gatewayLoop));
const report: OverloadReport = {
  accepted,
  uploads: latencies.length,
  refused,
  broken,
  p99Ms: quantile(latencies, 0.99),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.disconnect?.();
