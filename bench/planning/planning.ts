import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';
import { benchP1 } from './p1-order-files.ts';
import { benchP2 } from './p2-promise.ts';
import { benchP3 } from './p3-rematch.ts';
import { benchP4 } from './p4-network-flow.ts';
import { benchP5 } from './p5-lots.ts';
import { benchP5a } from './p5a-emergency.ts';
import { benchP6 } from './p6-job-shop.ts';
import { benchP7 } from './p7-flexible-shop.ts';
import { benchP8 } from './p8-shop-floor.ts';
import { benchP9 } from './p9-determinism.ts';
import { benchP10 } from './p10-online.ts';
import { solveFile } from './solve-file.ts';

/** In the order of the figures' numbers; each reads what it needs and leaves nothing running. */
const FIGURES: Readonly<Record<string, (options: PlanningOptions) => Promise<PlanningFigure>>> = {
  P1: benchP1,
  P2: benchP2,
  P3: benchP3,
  P4: benchP4,
  P5a: benchP5a,
  P5: benchP5,
  P6: benchP6,
  P7: benchP7,
  P8: benchP8,
  P9: benchP9,
  P10: benchP10,
};
export const PLANNING_FIGURES = Object.keys(FIGURES);

/** Those of `names`, or all; one row of the table per instance as soon as it is measured. */
export async function benchPlanning(
  names: readonly string[],
  options: PlanningOptions,
): Promise<PlanningFigure[]> {
  const made: PlanningFigure[] = [];
  for (const [name, bench] of Object.entries(FIGURES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const figure = await bench(options);
    for (const instance of figure.instances) options.say(row(name, instance));
    made.push(figure);
  }
  return made;
}

/** One instance file from outside, in any of the three formats. */
export async function benchFile(path: string, options: PlanningOptions): Promise<PlanningFigure> {
  const instance = await solveFile(path, options);
  options.say(row('file', instance));
  const { figure, unit, ok } = instance;
  return { id: 'file', what: path, figure, unit, goal: figure, atMost: true, ok, instances: [instance] };
}

/** The instances of a figure by name, as `--json` prints them inside it. */
export function instancesJson(instances: readonly InstanceFigure[]): Record<string, object> {
  return Object.fromEntries(instances.map(({ name, ...rest }) => [name, rest]));
}

function row(id: string, instance: InstanceFigure): string {
  const { name, figure, unit, goal, reference, ratio, violations, ok, note } = instance;
  const columns = [
    `${ok ? 'ok    ' : 'MISSED'} ${id.padEnd(4)} ${name.padEnd(24)}`,
    `${figure} ${unit}`,
    goal === undefined ? '' : `goal ${goal}`,
    reference ? `${reference.name} ${reference.figure}` : '',
    ratio === undefined ? '' : `ratio ${ratio.toFixed(2)}`,
    violations === 0 ? 'verified' : `${violations} VIOLATIONS`,
    note ?? '',
  ];
  return columns.filter((column) => column !== '').join(' · ');
}
