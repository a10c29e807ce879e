import {
  createPlanIndex,
  type LineSnapshot,
  match,
  type PromiseKind,
  promise,
  sampleSnapshot,
  seededRandom,
  verifyPlan,
} from '@millrace/engine';
import { quantile } from '../figure.ts';
import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';

const QUESTIONS = 2_000;
const P95_MS = 20;
const P99_MS = 50;
const KINDS: readonly PromiseKind[] = ['earliest-whole', 'earliest-split', 'cheapest-in-time'];

/** P2: lines asked one after the other on top of 20,000 planned ones; every third answer is taken and reserved. */
export async function benchP2({ say }: PlanningOptions): Promise<PlanningFigure> {
  const network = sampleSnapshot({
    seed: 7,
    sites: 1_000,
    groupsPerSite: 4,
    machinesPerGroup: 3,
    items: 1_500,
    routesPerItem: 8,
    lines: 20_000,
    days: 60,
    load: 0.7,
    troubles: 0.02,
  });
  const plan = match(network, { explain: false, rounds: 0 });
  const index = createPlanIndex(network);
  for (const { subLots } of plan.allocations) index.force(subLots);
  const random = seededRandom(2);
  const wallMs: number[] = [];
  const taken: { readonly line: LineSnapshot; readonly allocations: typeof plan.allocations }[] = [];
  const answered = new Map<string, number>();
  let hinted = 0;
  for (let i = 0; i < QUESTIONS; i++) {
    const model = random.pick(network.lines);
    const line: LineSnapshot = {
      ...model,
      id: `asked-${i}`,
      locks: [],
      splitAllowed: i % 2 === 0,
      maxSites: 4,
    };
    const startMs = performance.now();
    const { options } = promise(index, line);
    wallMs.push(performance.now() - startMs);
    for (const { kind, earlierIf } of options) {
      answered.set(kind, 1 + (answered.get(kind) ?? 0));
      if (earlierIf.length > 0) hinted++;
    }
    const option = options[i % KINDS.length];
    if (!option || !index.reserve(option.allocations.flatMap(({ subLots }) => subLots))) continue;
    taken.push({ line, allocations: option.allocations });
  }
  const all = { ...network, lines: [...network.lines, ...taken.map(({ line }) => line)] };
  const allocations = [...plan.allocations, ...taken.flatMap((one) => one.allocations)];
  const violations = verifyPlan(all, { allocations, unplaced: plan.unplaced }).length;
  const p95 = quantile(wallMs, 0.95);
  const p99 = quantile(wallMs, 0.99);
  const instances: InstanceFigure[] = [
    { name: 'p95', figure: round(p95), unit: 'ms', goal: P95_MS, violations, ok: p95 < P95_MS },
    { name: 'p99', figure: round(p99), unit: 'ms', goal: P99_MS, violations: 0, ok: p99 < P99_MS },
  ];
  const note = `${QUESTIONS} questions, wall time; ${KINDS.map((kind) => `${kind} ${answered.get(kind) ?? 0}`).join(', ')}; ${hinted} options say what would make them earlier; ${taken.length} reserved`;
  say(
    `P2 p50 ${round(quantile(wallMs, 0.5))} ms, p95 ${round(p95)} ms, p99 ${round(p99)} ms, worst ${round(Math.max(...wallMs))} ms; ${violations} violations`,
  );
  say(`   ${note}`);
  return {
    id: 'P2',
    what: 'promise p95 with 20,000 open lines, 1,000 sites, 12,000 machines',
    figure: round(p95),
    unit: 'ms',
    goal: P95_MS,
    atMost: true,
    ok: instances.every(({ ok }) => ok) && violations === 0,
    note,
    instances,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
