import { expect, test } from 'vitest';
import { sampleShop } from '../../sample/sample-shop.ts';
import { seededRandom } from '../../sample/seeded-random.ts';
import { endsAlone } from './alone.ts';
import { dispatch } from './dispatch.ts';
import { DISPATCH_RULES, ruleTerms } from './dispatch-rules.ts';
import { Moves } from './moves.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { placePinned } from './place-pinned.ts';
import { buildModel } from './shop-model.ts';
import { ShopState } from './shop-state.ts';
import { loadSolution, objectiveOf, saveSolution } from './solution.ts';

test('what was re-timed move by move is what is found when everything is timed anew', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const model = buildModel(sampleShop({ seed, operations: 120 }), []);
    const state = new ShopState(model);
    const moves = new Moves(state);
    const random = seededRandom(seed);
    placePinned(moves, state, []);
    const [rule] = DISPATCH_RULES;
    if (!rule) throw new TypeError('no rule');
    expect(dispatch(moves, state, ruleTerms(model), rule, () => false)).toBe('done');
    const neighbourhood = new Neighbourhood(moves, state, endsAlone(model, moves.propagation.timing), random);
    let kept = 0;
    for (let round = 0; round < 3_000; round++) {
      if (round % 100 === 0) neighbourhood.pressure.refresh();
      const { weightedTardiness } = state;
      const start = state.start.slice();
      const fits =
        neighbourhood.propose(Number.POSITIVE_INFINITY) && moves.evaluate(Number.POSITIVE_INFINITY);
      // Some changes are taken back although they would fit: nothing of them may stay.
      if (fits && random.chance(0.5)) kept++;
      else {
        moves.rollback();
        expect(state.start).toEqual(start);
        expect(state.weightedTardiness).toBe(weightedTardiness);
      }
    }
    expect(kept).toBeGreaterThan(100);
    const before = { ...objectiveOf(state), start: state.start.slice(), end: state.end.slice() };
    loadSolution(moves, state, saveSolution(state));
    expect({ ...objectiveOf(state), start: state.start, end: state.end }).toEqual(before);
  }
});
