/**
 * Make-span of Jackson's preemptive schedule on one machine, the best there is when work may be interrupted:
 * at any time the available operation with the longest tail runs. O(n log n).
 */
export function preemptiveBound(
  operations: readonly number[],
  head: Int32Array,
  duration: Int32Array,
  tail: Int32Array,
): number {
  const byHead = [...operations].sort((a, b) => (head[a] as number) - (head[b] as number));
  const waiting = new TailHeap(tail);
  const left = new Map<number, number>();
  let bound = 0;
  let now = 0;
  for (let arrival = 0; arrival < byHead.length || waiting.size > 0; ) {
    if (waiting.size === 0) now = Math.max(now, head[byHead[arrival] as number] as number);
    while (arrival < byHead.length && (head[byHead[arrival] as number] as number) <= now) {
      const x = byHead[arrival++] as number;
      left.set(x, duration[x] as number);
      waiting.push(x);
    }
    const x = waiting.top();
    const until = arrival < byHead.length ? (head[byHead[arrival] as number] as number) : Infinity;
    const need = left.get(x) ?? 0;
    if (now + need > until) {
      left.set(x, now + need - until);
      now = until;
      continue;
    }
    now += need;
    bound = Math.max(bound, now + (tail[x] as number));
    waiting.pop();
  }
  return bound;
}

/** A binary heap, the longest tail on top. */
class TailHeap {
  private readonly items: number[] = [];
  private readonly tail: Int32Array;

  constructor(tail: Int32Array) {
    this.tail = tail;
  }

  get size(): number {
    return this.items.length;
  }

  top(): number {
    return this.items[0] as number;
  }

  push(x: number): void {
    const { items } = this;
    let at = items.length;
    items.push(x);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.above(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): void {
    const { items } = this;
    const last = items.pop() as number;
    if (items.length === 0) return;
    items[0] = last;
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= items.length) return;
      if (child + 1 < items.length && this.above(child + 1, child)) child++;
      if (!this.above(child, at)) return;
      this.swap(at, child);
      at = child;
    }
  }

  private above(a: number, b: number): boolean {
    const { items, tail } = this;
    return (tail[items[a] as number] as number) > (tail[items[b] as number] as number);
  }

  private swap(a: number, b: number): void {
    const { items } = this;
    [items[a], items[b]] = [items[b] as number, items[a] as number];
  }
}
