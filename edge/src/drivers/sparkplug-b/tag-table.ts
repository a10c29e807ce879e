import type { TagAddress } from '../../driver/index.ts';
import { formatMetricAddress, type MetricAddress, parseMetricAddress } from './sparkplug-address.ts';

interface Tag {
  readonly tag: number;
  readonly address: MetricAddress;
}

/** Which tags a metric feeds. */
export class TagTable {
  readonly #tags: Tag[] = [];
  readonly #faults: (readonly [number, string])[] = [];
  readonly #byMetric = new Map<string, number[]>();
  readonly #nodes = new Set<string>();

  constructor(tags: readonly TagAddress[]) {
    for (const [tag, { address: text }] of tags.entries()) {
      const address = parseMetricAddress(text);
      if (typeof address === 'string') {
        this.#faults.push([tag, address]);
        continue;
      }
      this.#tags.push({ tag, address });
      this.#nodes.add(`${address.group}/${address.node}`);
      const key = formatMetricAddress(address);
      this.#byMetric.set(key, [...(this.#byMetric.get(key) ?? []), tag]);
    }
  }

  all(): readonly Tag[] {
    return this.#tags;
  }

  /** Tags whose address is none. */
  faults(): readonly (readonly [number, string])[] {
    return this.#faults;
  }

  /** `group/node` of every tag. */
  nodes(): ReadonlySet<string> {
    return this.#nodes;
  }

  of(node: string, device: string, metric: string): readonly number[] {
    return this.#byMetric.get(`${node}/${device}/${metric}`) ?? [];
  }
}
