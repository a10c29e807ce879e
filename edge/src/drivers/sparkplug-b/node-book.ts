import { type NodeNews, NodeSession } from './node-session.ts';
import type { MetricAddress } from './sparkplug-address.ts';

/** Edge nodes of one broker; a plant has hundreds. */
const MAX_NODES = 1_000;
/** Metrics kept for browsing, over all nodes, about 200 bytes each; those of tags are kept beyond it. */
const MAX_METRICS = 100_000;

/** What the host must keep, whatever the bounds. */
export interface Wanted {
  hasNode(name: string): boolean;
  hasMetric(name: string, device: string, metric: string): boolean;
}

/** The edge nodes that were heard, by `group/node`. */
export class NodeBook {
  readonly #nodes = new Map<string, NodeSession>();
  readonly #wanted: Wanted;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  get isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  names(): Iterable<string> {
    return this.#nodes.keys();
  }

  get(name: string): NodeSession | undefined {
    return this.#nodes.get(name);
  }

  /** The session of a node that speaks; undefined when there is no room for another that nobody wants. */
  heard(name: string): NodeSession | undefined {
    const known = this.#nodes.get(name);
    if (known) return known;
    if (this.#nodes.size >= MAX_NODES && !this.#wanted.hasNode(name)) return undefined;
    const session = new NodeSession({
      room: () => this.#room(),
      isWanted: (device, metric) => this.#wanted.hasMetric(name, device, metric),
    });
    this.#nodes.set(name, session);
    return session;
  }

  /** What time alone changes, node by node. */
  *tick(now: number): Generator<readonly [name: string, news: NodeNews]> {
    for (const [name, session] of this.#nodes) yield [name, session.tick(now)];
  }

  /** Undefined when no such metric was born. */
  find({ group, node, device, metric }: MetricAddress): ReturnType<NodeSession['find']> {
    return this.#nodes.get(`${group}/${node}`)?.find(device, metric);
  }

  /** Why `find` finds nothing, in words. */
  whyAbsent({ group, node, device, metric }: MetricAddress): string {
    return (
      this.#nodes.get(`${group}/${node}`)?.whyAbsent(device, metric) ?? 'the edge node has not been heard'
    );
  }

  #room(): number {
    let kept = 0;
    for (const session of this.#nodes.values()) kept += session.metricCount();
    return MAX_METRICS - kept;
  }
}
