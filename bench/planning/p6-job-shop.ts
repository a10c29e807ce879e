import type { PlanningFigure, PlanningOptions } from './figure.ts';
import { rivalFigure } from './shop-rival.ts';
import { numbered, setsFigure } from './shop-sets.ts';

const RIVAL_SECONDS = 30;

/** P6: classic job shops of Taillard (1993), one thread; beside it the best rival in the same run. */
export async function benchP6(options: PlanningOptions): Promise<PlanningFigure> {
  const jobshop = { folder: 'jobshop' } as const;
  const ours = await setsFigure(
    {
      id: 'P6',
      what: 'job shop ta01–ta10, 30 CPU s, mean gap to best known',
      // Measured for this project on ten Taillard instances; 318 MB, so that it does not come along.
      reference: { name: 'CP-SAT in WASM, %', figure: 4.3 },
      sets: [
        { ...jobshop, title: 'ta01–ta10', names: numbered('ta', 1, 10), seconds: 30, goal: 0.35 },
        {
          ...jobshop,
          title: 'ta41–ta50',
          names: numbered('ta', 41, 50),
          seconds: 60,
          goal: 1.8,
          published: 'published: OptalCP 1.99 %, CP-SAT on 4 cores × 600 s 3.97 %',
        },
      ],
    },
    options,
  );
  return rivalFigure(ours, { names: numbered('ta', 1, 10), seconds: RIVAL_SECONDS }, options);
}
