import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';
import { measureSet, type ShopSet } from './shop-runs.ts';

export interface ShopFigure {
  readonly id: string;
  readonly what: string;
  readonly reference: { readonly name: string; readonly figure: number };
  /** The first set gives the figure; all of them must reach their goal. */
  readonly sets: readonly (ShopSet & { readonly title: string; readonly published?: string })[];
}

/** Several sets of published instances as one figure, a row for each set before the rows of its instances. */
export async function setsFigure(shop: ShopFigure, options: PlanningOptions): Promise<PlanningFigure> {
  const instances: InstanceFigure[] = [];
  const means: number[] = [];
  const notes: string[] = [];
  for (const set of shop.sets) {
    const measured = await measureSet(set, options);
    if (!measured) return missing(shop);
    const { meanGap, curve } = measured;
    const violations = measured.instances.reduce((sum, instance) => sum + instance.violations, 0);
    means.push(meanGap);
    notes.push(`${set.title}: ${curve}${set.published === undefined ? '' : ` (${set.published})`}`);
    instances.push(
      {
        name: `mean ${set.title}`,
        figure: Number(meanGap.toFixed(3)),
        unit: '% gap',
        goal: set.goal,
        violations,
        ok: meanGap <= set.goal && violations === 0,
        note: `at CPU seconds ${curve}`,
      },
      ...measured.instances,
    );
  }
  const [figure = Number.NaN] = means;
  return {
    id: shop.id,
    what: shop.what,
    figure: Number(figure.toFixed(3)),
    unit: '%',
    goal: shop.sets[0]?.goal ?? Number.NaN,
    atMost: true,
    reference: shop.reference,
    ok: instances.every(({ ok }) => ok),
    note: notes.join('; '),
    instances,
  };
}

/** A check that saw nothing fails. */
function missing({ id, what, sets }: ShopFigure): PlanningFigure {
  return {
    id,
    what,
    figure: Number.NaN,
    unit: '%',
    goal: sets[0]?.goal ?? Number.NaN,
    atMost: true,
    ok: false,
    note: 'the published instances (shared/data/scheduling) do not lie beside the repository: nothing measured',
    instances: [],
  };
}

/** `numbered('ta', 1, 3)` = ta01, ta02, ta03. */
export function numbered(prefix: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => prefix + String(from + index).padStart(2, '0'));
}
