import type { Payload } from './payload.ts';
import type { DataType } from './payload-schema.ts';
import { type Numbered, Sequence } from './sequence.ts';
import { type Shown, shownBy } from './shown.ts';
import type { MessageKind } from './sparkplug-address.ts';

/** Devices of one edge node; a gateway for more machines is more than one node. */
const MAX_DEVICES = 1_000;
/** After a rebirth its devices follow within milliseconds; one that does not is gone. */
const DEVICE_REBIRTH_MS = 10_000;
/** Counts the sessions of an edge node, in its birth and its death. [tck-id-payloads-ndeath-bdseq] */
const BDSEQ = 'bdSeq';
/** Messages take some time on their way: so little says nothing of a clock. */
const CLOCKS_AGREE_MS = 2_000;

/** `device` is empty for a metric of the node itself. */
export interface MetricNews {
  readonly device: string;
  readonly metric: string;
  readonly shown: Shown;
}

export interface NodeNews {
  readonly metrics: readonly MetricNews[];
  /** The scope was born: what is not in it does not exist. */
  readonly born?: string;
  /** The node was born after nobody heard it: what it stored meanwhile may follow. */
  readonly returned?: boolean;
  /** Why the node must be asked for a rebirth. */
  readonly rebirth?: string;
}

interface MetricState {
  readonly type: DataType;
  shown: Shown;
}

/** What a host keeps of births is bounded over all nodes, except for what tags ask for. */
export interface BirthLimits {
  /** Metrics that may still be kept. */
  room(): number;
  isWanted(device: string, metric: string): boolean;
}

interface Scope {
  alive: boolean;
  /** Metrics were left out for want of room, so that an unknown one is no sign of anything. */
  isCut: boolean;
  /** Born before the node's last rebirth, and not yet again since then. */
  rebirthDueAt: number | undefined;
  readonly metrics: Map<string, MetricState>;
  readonly aliases: Map<string, string>;
}

export interface Arrived extends Numbered {
  readonly kind: MessageKind;
  readonly device: string;
  readonly payload: Payload;
  /** By the agent's clock, epoch ms. */
  readonly receivedAt: number;
}

const NOTHING: NodeNews = { metrics: [] };

/** One edge node as the host knows it: born, numbered, dead. No clock, no socket: messages go in, news comes out. */
export class NodeSession {
  readonly #limits: BirthLimits;
  readonly #scopes = new Map<string, Scope>();
  readonly #sequence = new Sequence();
  #alive = false;
  #bdSeq: bigint | undefined;
  /** Why its values cannot be relied on until it is born again. */
  #doubt: string | undefined;
  /** Of its clock against ours, ms, by the instants of its messages. */
  #clockMs = 0;

  constructor(limits: BirthLimits) {
    this.#limits = limits;
  }

  take(arrived: Arrived): NodeNews {
    this.#compareClocks(arrived);
    if (arrived.kind === 'NBIRTH') return this.#nodeBirth(arrived);
    if (arrived.kind === 'NDEATH') return this.#nodeDeath(arrived);
    if (!this.#alive) return { metrics: [], rebirth: 'it speaks, but its birth was not heard' };
    if (this.#sequence.isRepeat(arrived)) return NOTHING;
    const gap = this.#checkSequence(arrived);
    const news = this.#scopeNews(arrived);
    const rebirth = gap.rebirth ?? news.rebirth;
    return { ...news, metrics: [...gap.metrics, ...news.metrics], ...(rebirth !== undefined && { rebirth }) };
  }

  /** Devices that did not come back after a rebirth. */
  tick(now: number): NodeNews {
    const metrics: MetricNews[] = [];
    for (const [device, scope] of this.#scopes)
      if (scope.rebirthDueAt !== undefined && now >= scope.rebirthDueAt)
        metrics.push(...this.#bury(device, scope, now, 'the device was not born again with its node'));
    return { metrics };
  }

  /** Undefined when no metric of that name was born. */
  find(device: string, metric: string): { readonly type: DataType; readonly shown: Shown } | undefined {
    return this.#scopes.get(device)?.metrics.get(metric);
  }

  /** Why `find` finds nothing, in words. */
  whyAbsent(device: string, metric: string): string {
    if (!this.#alive) return 'the edge node is not online';
    if (!this.#scopes.get(device)?.alive) return `device ${device} has not been born`;
    return `the birth has no metric ${metric}`;
  }

  isAlive(device = ''): boolean {
    return this.#alive && (this.#scopes.get(device)?.alive ?? false);
  }

  /** Born, and nothing missed since. */
  isSound(): boolean {
    return this.#alive && this.#doubt === undefined;
  }

  *births(): Generator<{ device: string; metric: string; type: DataType; shown: Shown }> {
    for (const [device, { metrics }] of this.#scopes)
      for (const [metric, { type, shown }] of metrics) yield { device, metric, type, shown };
  }

  metricCount(): number {
    let count = 0;
    for (const { metrics } of this.#scopes.values()) count += metrics.size;
    return count;
  }

  #nodeBirth(arrived: Arrived): NodeNews {
    const bdSeq = bdSeqOf(arrived.payload);
    const returned = !this.#alive;
    const isRebirth = this.#alive && bdSeq === this.#bdSeq;
    const metrics: MetricNews[] = [];
    for (const [device, scope] of this.#scopes) {
      if (device === '' || !scope.alive) continue;
      if (isRebirth) scope.rebirthDueAt ??= arrived.receivedAt + DEVICE_REBIRTH_MS;
      else metrics.push(...this.#bury(device, scope, arrived.receivedAt, 'the edge node has started again'));
    }
    this.#alive = true;
    this.#bdSeq = bdSeq;
    this.#doubt = undefined;
    this.#sequence.begin(arrived);
    const born = this.#birth('', arrived);
    return { ...born, returned, metrics: [...metrics, ...born.metrics] };
  }

  #birth(device: string, arrived: Arrived): NodeNews {
    if (!this.#scopes.has(device) && this.#scopes.size >= MAX_DEVICES) return NOTHING;
    const scope: Scope = {
      alive: true,
      isCut: false,
      rebirthDueAt: undefined,
      metrics: new Map(),
      aliases: new Map(),
    };
    this.#scopes.set(device, scope);
    let room = this.#limits.room();
    const metrics: MetricNews[] = [];
    for (const metric of arrived.payload.metrics) {
      if (metric.name === undefined || metric.type === undefined) continue;
      if (room-- <= 0 && !this.#limits.isWanted(device, metric.name)) {
        scope.isCut = true;
        continue;
      }
      if (metric.alias !== undefined) scope.aliases.set(metric.alias, metric.name);
      const shown = shownBy(metric, metric.type, arrived, this.#doubt);
      scope.metrics.set(metric.name, { type: metric.type, shown });
      metrics.push({ device, metric: metric.name, shown });
    }
    return { metrics, born: device };
  }

  /** A death of the session before this one comes late when the broker notices late. [tck-id-payloads-ndeath-bdseq] */
  #nodeDeath({ payload, receivedAt }: Arrived): NodeNews {
    const bdSeq = bdSeqOf(payload);
    if (!this.#alive) return NOTHING;
    if (bdSeq !== undefined && this.#bdSeq !== undefined && bdSeq !== this.#bdSeq) return NOTHING;
    this.#alive = false;
    const metrics: MetricNews[] = [];
    for (const [device, scope] of this.#scopes)
      metrics.push(...this.#bury(device, scope, receivedAt, 'the edge node is offline'));
    return { metrics };
  }

  #checkSequence(arrived: Arrived): NodeNews {
    const missed = this.#sequence.missedBy(arrived);
    if (missed === undefined) return NOTHING;
    const rebirth = `message ${missed} is missing`;
    return { metrics: this.#miss(rebirth), rebirth };
  }

  /** Something of the node was not heard; until the next birth nothing of it is certain. */
  #miss(error: string): readonly MetricNews[] {
    if (this.#doubt !== undefined) return [];
    this.#doubt = error;
    return this.#doubtAll(error);
  }

  /** Any of them may have changed in the message that is missing; the last value stays that of its own instant. */
  #doubtAll(error: string): readonly MetricNews[] {
    const metrics: MetricNews[] = [];
    for (const [device, scope] of this.#scopes)
      for (const [metric, state] of scope.metrics) {
        if (state.shown.quality !== 'good') continue;
        state.shown = { ...state.shown, quality: 'uncertain', error };
        metrics.push({ device, metric, shown: state.shown });
      }
    return metrics;
  }

  #scopeNews(arrived: Arrived): NodeNews {
    const { device, kind, receivedAt } = arrived;
    if (kind === 'DBIRTH') return this.#birth(device, arrived);
    const scope = this.#scopes.get(device);
    if (!scope?.alive)
      return kind === 'DDEATH' ? NOTHING : { metrics: [], rebirth: `device ${device} is not born` };
    // Its aliases may be others since the node's rebirth.
    if (kind === 'DDATA' && scope.rebirthDueAt !== undefined)
      return { metrics: [], rebirth: `device ${device} was not born again` };
    if (kind === 'DDEATH') return { metrics: this.#bury(device, scope, receivedAt, 'the device is offline') };
    return this.#data(device, scope, arrived);
  }

  #data(device: string, scope: Scope, arrived: Arrived): NodeNews {
    const metrics: MetricNews[] = [];
    let rebirth: string | undefined;
    for (const metric of arrived.payload.metrics) {
      const name = metric.name ?? scope.aliases.get(metric.alias ?? '');
      const state = name === undefined ? undefined : scope.metrics.get(name);
      if (name === undefined || !state) {
        if (scope.isCut) continue;
        const which = metric.name ?? `with alias ${metric.alias}`;
        rebirth = `metric ${which} was not in the birth`;
        // The alias is of a birth that was missed, and what it told about the others is not known.
        if (name === undefined) metrics.push(...this.#miss(rebirth));
        continue;
      }
      // Without an instant of its own a value of the past has no place in time.
      if (metric.isHistorical && metric.timestamp === undefined) continue;
      const shown = shownBy(metric, state.type, arrived, this.#doubt);
      if (!metric.isHistorical) state.shown = shown;
      const kept = metric.isHistorical ? { historyAt: shown.at - this.#clockMs } : {};
      metrics.push({ device, metric: name, shown: { ...shown, ...kept } });
    }
    return { metrics, ...(rebirth !== undefined && { rebirth }) };
  }

  /** A message is sent when it is made, unless it brings what was stored. */
  #compareClocks({ payload, receivedAt }: Arrived): void {
    if (payload.timestamp === undefined || payload.metrics.some(({ isHistorical }) => isHistorical)) return;
    const clockMs = payload.timestamp - receivedAt;
    this.#clockMs = Math.abs(clockMs) > CLOCKS_AGREE_MS ? clockMs : 0;
  }

  #bury(device: string, scope: Scope, at: number, error: string): readonly MetricNews[] {
    if (!scope.alive) return [];
    scope.alive = false;
    scope.rebirthDueAt = undefined;
    const metrics: MetricNews[] = [];
    for (const [metric, state] of scope.metrics) {
      state.shown = { value: null, quality: 'bad', at, error };
      metrics.push({ device, metric, shown: state.shown });
    }
    return metrics;
  }
}

function bdSeqOf(payload: Payload): bigint | undefined {
  const value = payload.metrics.find(({ name }) => name === BDSEQ)?.value;
  return value?.field === 'integer' ? value.raw : undefined;
}
