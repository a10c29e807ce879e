import { Worker } from 'node:worker_threads';
import {
  canonicalJson,
  type MatchPlan,
  match,
  mergePlans,
  type Snapshot,
  sampleSnapshot,
  seededRandom,
  sha256,
  splitComponents,
  verifyPlan,
} from '@millrace/engine';
import type { ComponentTask } from './component-worker.ts';
import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';

const RUNS = 100;
/** A hundred runs of full improvement would show nothing more. */
const OPTIONS = { rounds: 500 };
const WORKER_COUNTS = [1, 2, 4];

/** P9: 100 runs on lists in ever another order, and the parts of a network on 1, 2 and 4 workers: always the same bytes. */
export async function benchP9({ say }: PlanningOptions): Promise<PlanningFigure> {
  const instances: InstanceFigure[] = [];
  for (const load of [0.6, 1.1]) {
    const snapshot = sampleSnapshot({
      seed: 11,
      sites: 12,
      groupsPerSite: 3,
      machinesPerGroup: 2,
      items: 16,
      routesPerItem: 5,
      lines: 120,
      days: 20,
      load,
      troubles: 0.1,
    });
    const random = seededRandom(9);
    const shuffle = <T>(list: readonly T[]): T[] => random.shuffled(list.length).map((i) => list[i] as T);
    const hashes = new Set<string>();
    for (let run = 0; run < RUNS; run++) {
      const { lines, machines, sites, capabilities } = snapshot;
      const shuffled = {
        ...snapshot,
        lines: shuffle(lines),
        machines: shuffle(machines),
        sites: shuffle(sites),
        capabilities: shuffle(capabilities),
      };
      hashes.add(hashOf(match(run === 0 ? snapshot : shuffled, OPTIONS)));
    }
    const violations = verifyPlan(snapshot, match(snapshot, OPTIONS)).length;
    instances.push(instance(`${RUNS} runs at load ${load}`, hashes, violations));
  }
  instances.push(await acrossWorkers());
  for (const { name, figure, violations } of instances)
    say(`P9 ${name}: ${figure} different plans, ${violations} violations`);
  const worst = Math.max(...instances.map(({ figure }) => figure));
  return {
    id: 'P9',
    what: 'different plans from the same snapshot and seed, over runs, orders of lists and worker counts',
    figure: worst,
    unit: 'plans',
    goal: 1,
    atMost: true,
    ok: instances.every(({ ok }) => ok),
    instances,
  };
}

async function acrossWorkers(): Promise<InstanceFigure> {
  const snapshot = sampleSnapshot({
    seed: 5,
    sites: 60,
    groupsPerSite: 3,
    machinesPerGroup: 1,
    items: 40,
    routesPerItem: 2,
    lines: 400,
    days: 30,
    load: 0.3,
    troubles: 0.1,
  });
  const parts = splitComponents(snapshot);
  const inline = mergePlans(
    snapshot.networkId,
    parts.map((part) => match(part)),
  );
  const hashes = new Set([hashOf(inline)]);
  for (const count of WORKER_COUNTS) {
    const plans = await onWorkers(parts, count);
    hashes.add(hashOf(mergePlans(snapshot.networkId, plans)));
  }
  const violations = verifyPlan(snapshot, inline).length;
  return instance(`${parts.length} parts on 0, ${WORKER_COUNTS.join(', ')} workers`, hashes, violations);
}

/** Whoever is free takes the next part, so that parts are finished in no fixed order. */
async function onWorkers(parts: readonly Snapshot[], count: number): Promise<MatchPlan[]> {
  const plans: MatchPlan[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./component-worker.ts', import.meta.url));
    try {
      for (let at = next++; at < parts.length; at = next++) {
        plans[at] = await planIn(worker, { at, snapshot: parts[at] as Snapshot });
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: count }, work));
  return plans;
}

function planIn(worker: Worker, task: ComponentTask): Promise<MatchPlan> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', ({ plan }: { readonly plan: MatchPlan }) => {
      worker.off('error', reject);
      resolve(plan);
    });
    worker.postMessage(task);
  });
}

function instance(name: string, hashes: ReadonlySet<string>, violations: number): InstanceFigure {
  const ok = hashes.size === 1 && violations === 0;
  return { name, figure: hashes.size, unit: 'plans', goal: 1, violations, ok };
}

function hashOf(plan: MatchPlan): string {
  return sha256(canonicalJson(plan));
}
