import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';
import type { FlowAnswer } from './flow-child.ts';
import { referenceNote, solveApart, solveBesideReference } from './flow-reference.ts';

const SAMPLE = {
  orders: 10_000,
  sites: 5_000,
  days: 30,
  cities: 300,
  products: 350,
  maxCapabilities: 8,
  load: 0.8,
} as const;
const SEED = 1;
/** Found by LEMON 1.3.1, network simplex, for SEED. */
const STORED_OPTIMUM = 973_909_923;
const MORE_SEEDS = [2, 3] as const;
const GAP_AIM = 0.001;
const QUOTES = 2_000;
const CERTIFIED_PERCENT = 0.25;
const TRUE_PERCENT = 0.02;
const CPU_SECONDS = 5;
const MEMORY_MB = 300;
const ASKED = 'wall time, the shortest of three times asked; half of the orders told';
const FREE_MS = 1;
const DISPLACING_MS = 10;
/** HiGHS aborts at its 2 GiB heap; measured on such an instance on the kind of machine the figures are for. */
const OR_TOOLS = { name: 'OR-tools flow in WASM, s', figure: 67 } as const;

/** P4: the whole network as one flow, with certificate; then quotes on the living network. */
export async function benchP4({ say }: PlanningOptions): Promise<PlanningFigure> {
  const task = { sample: { ...SAMPLE, seed: SEED }, gapAim: GAP_AIM, quotes: QUOTES };
  const { answer, optimum } = solveBesideReference(task, STORED_OPTIMUM);
  const others = MORE_SEEDS.map((seed) =>
    solveApart({ sample: { ...SAMPLE, seed }, gapAim: GAP_AIM, quotes: 0 }),
  );
  const lemon =
    optimum.lemonSeconds === undefined
      ? OR_TOOLS
      : { name: 'LEMON network simplex, s', figure: optimum.lemonSeconds };
  const truePercent = (answer.cost / optimum.cost - 1) * 100;
  const violations = [answer, ...others].reduce((sum, one) => sum + one.violations, 0);
  const note = `${answer.pairs} capable pairs, ${answer.bids} bids; ${referenceNote(optimum)}`;
  const atMost = (name: string, value: number, unit: string, goal: number): InstanceFigure => ({
    name,
    figure: round(value),
    unit,
    goal,
    violations: answer.violations,
    ok: value <= goal && answer.violations === 0,
  });
  const cpu = atMost('CPU', answer.cpuSeconds, 's', CPU_SECONDS);
  const instances: InstanceFigure[] = [
    { ...cpu, reference: lemon, ratio: lemon.figure / answer.cpuSeconds },
    atMost('certified gap', answer.gap * 100, '%', CERTIFIED_PERCENT),
    { ...atMost('true gap', truePercent, '%', TRUE_PERCENT), note },
    atMost('memory', answer.memoryMb, 'MB', MEMORY_MB),
    { ...atMost('quote p99', answer.freeMs, 'ms', FREE_MS), note: ASKED },
    { ...atMost('displacing quote p99', answer.displacingMs, 'ms', DISPLACING_MS), note: ASKED },
    ...others.map((other, i) => seedFigure(MORE_SEEDS[i] ?? 0, other)),
  ];
  say(`P4 ${note}`);
  return {
    id: 'P4',
    what: 'network flow 10,000 orders × 5,000 sites × 30 days, CPU',
    figure: round(answer.cpuSeconds),
    unit: 's',
    goal: CPU_SECONDS,
    atMost: true,
    reference: lemon,
    ratio: lemon.figure / answer.cpuSeconds,
    ok: instances.every(({ ok }) => ok) && violations === 0,
    note,
    instances,
  };
}

function seedFigure(seed: number, { gap, cpuSeconds, violations }: FlowAnswer): InstanceFigure {
  const ok = gap * 100 <= CERTIFIED_PERCENT && cpuSeconds <= CPU_SECONDS && violations === 0;
  const note = `${round(cpuSeconds)} CPU s`;
  return {
    name: `certified, seed ${seed}`,
    figure: round(gap * 100),
    unit: '%',
    goal: CERTIFIED_PERCENT,
    violations,
    ok,
    note,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
