import type { ShopSnapshot } from './shop-snapshot.ts';

/** Who comes before whom: within a job its order, between jobs `afterJobIds`; in compressed rows. */
export interface Precedence {
  readonly jobOf: Int32Array;
  /** Operations of job j are [jobFirst[j], jobFirst[j + 1]). */
  readonly jobFirst: Int32Array;
  readonly beforeFirst: Int32Array;
  readonly before: Int32Array;
  readonly afterFirst: Int32Array;
  readonly after: Int32Array;
  /** All operations, each after those before it. */
  readonly topological: Int32Array;
}

/** Expects jobs without a cycle. */
export function buildPrecedence(shop: ShopSnapshot): Precedence {
  const jobIndex = new Map(shop.jobs.map((job, index) => [job.id, index]));
  const jobFirst = new Int32Array(shop.jobs.length + 1);
  shop.jobs.forEach((job, index) => {
    jobFirst[index + 1] = (jobFirst[index] as number) + job.operations.length;
  });
  const count = jobFirst[shop.jobs.length] ?? 0;
  const jobOf = new Int32Array(count);
  const froms: number[] = [];
  const tos: number[] = [];
  const beforeFirst = new Int32Array(count + 1);
  shop.jobs.forEach((job, index) => {
    const first = jobFirst[index] as number;
    for (let at = first; at < (jobFirst[index + 1] as number); at++) {
      jobOf[at] = index;
      beforeFirst[at] = froms.length;
      const sources =
        at > first
          ? [at - 1]
          : [...new Set(job.afterJobIds ?? [])].map(
              (id) => (jobFirst[(jobIndex.get(id) ?? 0) + 1] as number) - 1,
            );
      for (const source of sources) {
        froms.push(source);
        tos.push(at);
      }
    }
  });
  beforeFirst[count] = froms.length;
  const afterFirst = new Int32Array(count + 1);
  for (const from of froms) afterFirst[from + 1] = (afterFirst[from + 1] as number) + 1;
  for (let at = 0; at < count; at++) {
    afterFirst[at + 1] = (afterFirst[at + 1] as number) + (afterFirst[at] as number);
  }
  const after = new Int32Array(froms.length);
  const filled = afterFirst.slice();
  froms.forEach((from, arc) => {
    const at = filled[from] as number;
    after[at] = tos[arc] as number;
    filled[from] = at + 1;
  });
  return {
    jobOf,
    jobFirst,
    beforeFirst,
    before: Int32Array.from(froms),
    afterFirst,
    after,
    topological: topologicalOrder(count, beforeFirst, afterFirst, after),
  };
}

function topologicalOrder(
  count: number,
  beforeFirst: Int32Array,
  afterFirst: Int32Array,
  after: Int32Array,
): Int32Array {
  const open = new Int32Array(count);
  const order = new Int32Array(count);
  let length = 0;
  for (let at = 0; at < count; at++) {
    open[at] = (beforeFirst[at + 1] as number) - (beforeFirst[at] as number);
    if (open[at] === 0) order[length++] = at;
  }
  for (let done = 0; done < length; done++) {
    const at = order[done] as number;
    for (let arc = afterFirst[at] as number; arc < (afterFirst[at + 1] as number); arc++) {
      const next = after[arc] as number;
      open[next] = (open[next] as number) - 1;
      if (open[next] === 0) order[length++] = next;
    }
  }
  return order;
}
