import { joinLotPlans, type LotComponent, lotComponents } from './lot-components.ts';
import { lotMilp, type SolveMilp } from './lot-milp.ts';
import type { LotPlan, LotProblem } from './lot-problem.ts';
import { type LotOptions, solveLots } from './solve-lots.ts';

export interface ExactLotPlan extends LotPlan {
  /** No plan costs less. */
  readonly bound: number;
  /** (cost − bound) / cost; 0 when both are 0. */
  readonly gap: number;
  /** Components whose plan is proven to be the best. */
  readonly proven: number;
  readonly components: number;
}

/** Choices in one model; a few hundred are proven in seconds, thousands in no time that one would wait. */
const MOST_CHOICES = 400;
/** Money: proven when cost and bound are this near, all costs being whole. */
const LESS_THAN_ONE = 0.99;

/**
 * Component by component: the own search first, then the exact solver where the component is small and the bound
 * does not prove the plan already. What the solver cannot answer stays as the search left it.
 */
export async function solveLotsExactly(
  problem: LotProblem,
  solveMilp: SolveMilp,
  options: LotOptions,
): Promise<ExactLotPlan> {
  const components = lotComponents(problem);
  const parts: { orders: Int32Array; plan: LotPlan; bound: number }[] = [];
  for (const component of components) {
    parts.push({ orders: component.orders, ...(await solveComponent(component, solveMilp, options)) });
  }
  const plan = joinLotPlans(problem, parts);
  const bound = parts.reduce((sum, part) => sum + part.bound, 0);
  const proven = parts.filter((part) => part.plan.cost - part.bound < LESS_THAN_ONE).length;
  const gap = plan.cost === 0 ? 0 : (plan.cost - bound) / plan.cost;
  return { ...plan, bound, gap, proven, components: components.length };
}

async function solveComponent(
  component: LotComponent,
  solveMilp: SolveMilp,
  options: LotOptions,
): Promise<{ plan: LotPlan; bound: number }> {
  const found = solveLots(component.problem, options);
  if (found.cost - found.bound < LESS_THAN_ONE || !found.finished) return { plan: found, bound: found.bound };
  const { model, decode } = lotMilp(component.problem);
  if (model.cost.length / 2 > MOST_CHOICES) return { plan: found, bound: found.bound };
  const answer = await solveMilp(model);
  const bound = Math.max(found.bound, answer.bound);
  if (answer.columns.length === 0) return { plan: found, bound };
  const plan = decode(answer.columns);
  const better = plan.cost < found.cost ? plan : found;
  return { plan: better, bound: Math.min(bound, better.cost) };
}
