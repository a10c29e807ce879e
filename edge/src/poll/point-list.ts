import type { TagAddress } from '../driver/index.ts';
import type { Reading, Report } from './polling.ts';
import type { RawResult } from './raw-value.ts';
import type { Block } from './read-plan.ts';

/** The tags of one subscription as points of the far side's memory: `P` is what an address was parsed to. */
export class PointList<P> {
  /** Of the tags that can be asked for; spans of a `ReadPlan` made of them are positions here. */
  readonly points: readonly P[];
  readonly #tags: readonly TagAddress[];
  /** Index of a point's tag. */
  readonly #tagOf: readonly number[];
  #untold: Reading[] = [];

  /** @param parse gives what is wrong with a tag in place of its point. */
  constructor(tags: readonly TagAddress[], parse: (tag: TagAddress) => P | string) {
    const points: P[] = [];
    const tagOf: number[] = [];
    for (const [tag, address] of tags.entries()) {
      const point = parse(address);
      if (typeof point === 'string') this.#untold.push({ tag, result: { fault: point } });
      else {
        points.push(point);
        tagOf.push(tag);
      }
    }
    this.points = points;
    this.#tags = tags;
    this.#tagOf = tagOf;
  }

  /** Tells of the tags that can never be asked for, once: they do not change. */
  tellWrong(report: Report): void {
    if (this.#untold.length > 0) report(this.#untold);
    this.#untold = [];
  }

  /** The first point of a block; what makes its group is the same for all. */
  first(block: Block): P {
    const point = this.points[block.spans[0] ?? -1];
    if (point === undefined) throw new RangeError('a block without a point');
    return point;
  }

  /** What the answer to a block says of each of its tags. */
  values(block: Block, valueAt: (point: P, tag: TagAddress) => RawResult): Reading[] {
    return block.spans.map((index): Reading => {
      const tag = this.#tagOf[index] ?? -1;
      const [point, address] = [this.points[index], this.#tags[tag]];
      if (point === undefined || address === undefined) throw new RangeError('a span without a point');
      return { tag, result: valueAt(point, address) };
    });
  }

  /** All tags of a block that was not answered. */
  faults(block: Block, fault: string): Reading[] {
    return this.values(block, () => ({ fault }));
  }
}
