/** Binary heap of (instant, number), the earliest first and of equals the smallest number. */
export class EventQueue {
  private readonly times: number[] = [];
  private readonly values: number[] = [];
  /** Of the event that `pop` returned last. */
  timeMs = 0;

  get length(): number {
    return this.times.length;
  }

  push(timeMs: number, value: number): void {
    const { times, values } = this;
    let at = times.length;
    times.push(timeMs);
    values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(timeMs, value, parent)) break;
      times[at] = times[parent] as number;
      values[at] = values[parent] as number;
      at = parent;
    }
    times[at] = timeMs;
    values[at] = value;
  }

  /** Only when `length` > 0. */
  pop(): number {
    const { times, values } = this;
    this.timeMs = times[0] as number;
    const value = values[0] as number;
    const timeMs = times.pop() as number;
    const moved = values.pop() as number;
    const length = times.length;
    let at = 0;
    while (length > 0) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && this.isBefore(times[right] as number, values[right] as number, child))
        child = right;
      if (this.isBefore(timeMs, moved, child)) break;
      times[at] = times[child] as number;
      values[at] = values[child] as number;
      at = child;
    }
    if (length > 0) {
      times[at] = timeMs;
      values[at] = moved;
    }
    return value;
  }

  private isBefore(timeMs: number, value: number, other: number): boolean {
    const difference = timeMs - (this.times[other] as number);
    return difference < 0 || (difference === 0 && value < (this.values[other] as number));
  }
}
