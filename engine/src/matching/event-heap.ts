/** Events in order of time; among equals in the order they were added, so that runs repeat. */
export class EventHeap {
  private times: number[] = [];
  private payloads: number[] = [];
  private orders: number[] = [];
  private added = 0;

  get size(): number {
    return this.times.length;
  }

  /** Time of the first event; only while there is one. */
  get nextMs(): number {
    return this.times[0] as number;
  }

  push(timeMs: number, payload: number): void {
    let i = this.times.length;
    const order = this.added++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((this.times[parent] as number) <= timeMs) break;
      this.move(parent, i);
      i = parent;
    }
    this.set(i, timeMs, payload, order);
  }

  pop(): number {
    const payload = this.payloads[0] as number;
    const last = this.times.length - 1;
    const timeMs = this.times[last] as number;
    const order = this.orders[last] as number;
    const moved = this.payloads[last] as number;
    this.times.length = last;
    this.payloads.length = last;
    this.orders.length = last;
    let i = 0;
    for (let child = 1; child < last; child = 2 * i + 1) {
      if (child + 1 < last && this.isBefore(child + 1, child)) child++;
      const childMs = this.times[child] as number;
      if (childMs > timeMs || (childMs === timeMs && (this.orders[child] as number) > order)) break;
      this.move(child, i);
      i = child;
    }
    if (last > 0) this.set(i, timeMs, moved, order);
    return payload;
  }

  private isBefore(a: number, b: number): boolean {
    const aMs = this.times[a] as number;
    const bMs = this.times[b] as number;
    return aMs < bMs || (aMs === bMs && (this.orders[a] as number) < (this.orders[b] as number));
  }

  private move(from: number, to: number): void {
    this.set(to, this.times[from] as number, this.payloads[from] as number, this.orders[from] as number);
  }

  private set(i: number, timeMs: number, payload: number, order: number): void {
    this.times[i] = timeMs;
    this.payloads[i] = payload;
    this.orders[i] = order;
  }
}
