import { SnapshotFault } from '../../fault.ts';
import type { Selection } from './disjunctive-graph.ts';
import type { CompiledShop } from './shop.ts';

/** Turns given machine sequences into a selection; a fault when they are incomplete, impossible or cyclic. */
export function selectionOf(
  shop: CompiledShop,
  sequences: readonly (readonly number[])[],
): Pick<Selection, 'order' | 'choice'> {
  const { operations: n, jobPrevious, jobNext, choiceStart, choiceMachine } = shop;
  const choice = new Int32Array(n).fill(-1);
  const next = new Int32Array(n + 1).fill(n);
  const waits = new Int32Array(n + 1);
  sequences.forEach((sequence, machine) => {
    sequence.forEach((x, index) => {
      const from = choiceStart[x] ?? 0;
      const at = choiceMachine.subarray(from, choiceStart[x + 1] ?? 0).indexOf(machine);
      if (at < 0) throw new SnapshotFault([`start: operation ${x} cannot be on machine ${machine}`]);
      if (choice[x] !== -1) throw new SnapshotFault([`start: operation ${x} appears twice`]);
      choice[x] = from + at;
      next[x] = sequence[index + 1] ?? n;
      waits[x] = (index > 0 ? 1 : 0) + (jobPrevious[x] === n ? 0 : 1);
    });
  });
  const missing = choice.indexOf(-1);
  if (missing >= 0) throw new SnapshotFault([`start: operation ${missing} is missing`]);
  const order = new Int32Array(n);
  let count = 0;
  for (let x = 0; x < n; x++) if (waits[x] === 0) order[count++] = x;
  for (let i = 0; i < count; i++) {
    const x = order[i] as number;
    for (const y of [jobNext[x] as number, next[x] as number]) {
      if (y === n) continue;
      waits[y] = (waits[y] as number) - 1;
      if (waits[y] === 0) order[count++] = y;
    }
  }
  if (count < n) throw new SnapshotFault(['start: the sequences contradict the order of the jobs']);
  return { order, choice };
}
