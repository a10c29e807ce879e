import { lotMilp, sampleLots, solveLots, solveLotsExactly, verifyLots } from '@millrace/engine';
import { afterAll, describe, expect, it } from 'vitest';
import { openMilpPort } from './milp-port.ts';

const port = openMilpPort(20);
afterAll(() => port.close());

function network(seed: number, orders: number, products: number) {
  return sampleLots({
    seed,
    orders,
    sites: 6,
    days: 10,
    cities: 4,
    products,
    maxCapabilities: products > 1 ? 1 : 2,
    load: 0.8,
    minPieceShare: 0.1,
    maxPieces: 3,
    wholeOnly: 0.2,
  });
}

describe('the exact solver', () => {
  it('proves small plans best, never better than the bound and never worse than the search', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const problem = network(seed, 6, 1);
      const { model, decode } = lotMilp(problem);
      const answer = await port.solve(model);
      expect(answer.status).toBe('optimal');
      const best = decode(answer.columns);
      expect(verifyLots(problem, best)).toEqual([]);
      const found = solveLots(problem, { seed, rounds: 5_000, boundRounds: 100 });
      expect(found.cost).toBeGreaterThanOrEqual(best.cost);
      expect(found.bound).toBeLessThanOrEqual(best.cost + 1e-3);
      const exact = await solveLotsExactly(problem, port.solve, { seed, rounds: 500, boundRounds: 20 });
      expect(exact.cost).toBe(best.cost);
      expect(verifyLots(problem, exact)).toEqual([]);
    }
  }, 60_000);

  it('is asked component by component and the parts make one plan', async () => {
    const problem = network(5, 12, 4);
    const exact = await solveLotsExactly(problem, port.solve, { seed: 5, rounds: 500, boundRounds: 20 });
    expect(exact.components).toBeGreaterThan(1);
    expect(exact.proven).toBe(exact.components);
    expect(verifyLots(problem, exact)).toEqual([]);
    const { model, decode } = lotMilp(problem);
    expect(exact.cost).toBe(decode((await port.solve(model)).columns).cost);
  }, 60_000);
});
