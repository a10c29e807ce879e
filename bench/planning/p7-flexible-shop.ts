import type { PlanningFigure, PlanningOptions } from './figure.ts';
import { numbered, setsFigure } from './shop-sets.ts';

const BARNES = ['mt10c1', 'mt10cc', 'mt10x', 'mt10xx', 'mt10xxx', 'mt10xy', 'mt10xyz'];

/** P7: flexible job shops of Brandimarte (1993), Dauzère-Pérès and Paulli (1997), Barnes and Chambers (1996). */
export function benchP7(options: PlanningOptions): Promise<PlanningFigure> {
  const flexible = { folder: 'flexible' } as const;
  const dauzere = numbered('', 1, 18).map((number) => `${number}a`);
  return setsFigure(
    {
      id: 'P7',
      what: 'flexible job shop mk01–mk10, 10 CPU s, mean gap to best known',
      reference: { name: 'research script, %', figure: 0.455 },
      sets: [
        { ...flexible, title: 'mk01–mk10', names: numbered('mk', 1, 10), seconds: 10, goal: 0.35 },
        { ...flexible, title: '01a–18a', names: dauzere, seconds: 30, goal: 1.5 },
        { ...flexible, title: 'mt10*', names: BARNES, seconds: 30, goal: 0.5 },
      ],
    },
    options,
  );
}
