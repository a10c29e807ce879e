import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';
import { dispatchOnline } from './online-dispatch.ts';
import type { OnlineOutcome } from './online-outcome.ts';
import { type OnlineRun, simulateOnline } from './online-simulation.ts';
import { onlineWorld } from './online-world.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
/** Two-sided 95 % quantile of Student's t with seven degrees of freedom. */
const T_95 = 2.365;
const KEPT_GOAL = 0.95;

const RIVALS = ['first-come', 'priority'] as const;

/** Better is positive. */
const MEASURES = [
  {
    name: 'orders at the date asked for',
    unit: 'percentage points more',
    gain: (ours: OnlineOutcome, theirs: OnlineOutcome) => 100 * (ours.asAsked - theirs.asAsked),
  },
  {
    name: 'priority-weighted tardiness',
    unit: 'hours less per order',
    gain: (ours: OnlineOutcome, theirs: OnlineOutcome) => theirs.weightedTardinessH - ours.weightedTardinessH,
  },
] as const;

/** P10: sixty days of orders, rushes and breakdowns; each policy on the same streams, differences seed by seed. */
export async function benchP10({ say }: PlanningOptions): Promise<PlanningFigure> {
  const ours: OnlineRun[] = [];
  const theirs: Record<(typeof RIVALS)[number], OnlineOutcome[]> = { 'first-come': [], priority: [] };
  for (const seed of SEEDS) {
    const world = onlineWorld(seed);
    const run = simulateOnline(world);
    ours.push(run);
    for (const rival of RIVALS) theirs[rival].push(dispatchOnline(world, rival));
    const others = RIVALS.map((rival) => `${rival} ${describe(theirs[rival].at(-1) ?? run)}`);
    say(
      `P10 seed ${seed}: ${world.arrivals.length} orders, ${world.breakdowns.length} breakdowns, ${run.replans} re-plans, ${run.violations} violations`,
    );
    say(`   Millrace ${describe(run)} · ${others.join(' · ')}`);
  }
  const violations = ours.reduce((sum, run) => sum + run.violations, 0);
  const kept = interval(ours.map((run) => 100 * run.kept));
  const instances: InstanceFigure[] = [
    {
      name: 'promised dates kept',
      figure: round(kept.mean),
      unit: '%',
      goal: 100 * KEPT_GOAL,
      violations,
      ok: kept.mean - kept.half >= 100 * KEPT_GOAL && violations === 0,
      note: `± ${round(kept.half)} (95 %); ${RIVALS.map((rival) => `${rival} ${round(interval(theirs[rival].map((run) => 100 * run.kept)).mean)} %`).join(', ')}`,
    },
  ];
  for (const rival of RIVALS) {
    for (const { name, unit, gain } of MEASURES) {
      const gains = ours.map((run, i) => gain(run, theirs[rival][i] ?? run));
      const { mean, half } = interval(gains);
      instances.push({
        name: `${name}, against ${rival}`,
        figure: round(mean),
        unit,
        goal: 0,
        violations: 0,
        ok: mean - half > 0,
        note: `± ${round(half)} (95 %, paired over ${SEEDS.length} seeds)`,
      });
    }
  }
  for (const { name, figure, unit, note, ok } of instances)
    say(`P10 ${ok ? 'ok' : 'MISSED'} ${name}: ${figure} ${unit} ${note}`);
  return {
    id: 'P10',
    what: 'promised dates kept over 60 days at load 0.85 with breakdowns and rush orders',
    figure: round(kept.mean),
    unit: '%',
    goal: 100 * KEPT_GOAL,
    ok: instances.every(({ ok }) => ok),
    instances,
  };
}

function interval(values: readonly number[]): { readonly mean: number; readonly half: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, half: T_95 * Math.sqrt(squares / (values.length - 1) / values.length) };
}

function describe({ kept, asAsked, weightedTardinessH }: OnlineOutcome): string {
  return `${(100 * kept).toFixed(1)} % kept, ${(100 * asAsked).toFixed(1)} % as asked, ${weightedTardinessH.toFixed(2)} h`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
