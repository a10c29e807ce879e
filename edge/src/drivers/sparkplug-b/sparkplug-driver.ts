import { createHash, randomBytes } from 'node:crypto';
import { type BrowseNode, type ReadValue, SparkplugSettings, type TagValue } from '@millrace/contract';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type DriverKind,
  type Sample,
  type TagAddress,
  within,
} from '../../driver/index.ts';
import { BrokerLink, type BrokerMessage, SessionFile, Watchers } from '../mqtt/index.ts';
import { browseBirths } from './browse-births.ts';
import { HostState } from './host-state.ts';
import { NodeBook } from './node-book.ts';
import { metricCommand, rebirthCommand } from './node-command.ts';
import { NodeReturn } from './node-return.ts';
import type { NodeNews } from './node-session.ts';
import { PayloadCodec } from './payload.ts';
import { RebirthDesk } from './rebirth-desk.ts';
import type { Shown } from './shown.ts';
import { parseMetricAddress, parseSparkplugTopic, sparkplugFilters } from './sparkplug-address.ts';
import { TagTable } from './tag-table.ts';

/** Births of several thousand metrics are decoded in one go; two such hosts do not share a thread. */
const PER_WORKER = 4;
/** A node that is asked for a rebirth answers within a second or two. */
const LISTEN_MS = 3_000;
/** Births follow the request within a second or two. */
const GATHER_MS = 1_500;
/** Nodes tell what has changed, and it may take a while until something has. */
const FIRST_WORD_MS = 8_000;
/** How often it is looked for nodes that owe a birth, or have come back. */
const TICK_MS = 250;
/** A farewell is polite; a broker that hangs does not hold the agent back. */
const FAREWELL_MS = 1_000;

/** A host application of Sparkplug 3.0. docs/edge/sparkplug.md */
export const driver: DriverKind = {
  name: 'sparkplug-b',
  settings: { ...SparkplugSettings },
  perWorker: PER_WORKER,
  checkAddress(tag) {
    const parsed = parseMetricAddress(tag.address);
    return typeof parsed === 'string' ? parsed : undefined;
  },
  open: (context) => new SparkplugDriver(context),
};

/** A Sparkplug 3.0 host application. */
class SparkplugDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: SparkplugSettings;
  readonly #codec = new PayloadCodec();
  readonly #desk = new RebirthDesk();
  readonly #nodes = new NodeBook({
    hasNode: (name) => this.#tags.nodes().has(name),
    hasMetric: (name, device, metric) => this.#tags.of(name, device, metric).length > 0,
  });
  readonly #abort = new AbortController();
  readonly #watchers = new Watchers<void>(this.#abort.signal);
  #state: HostState | undefined;
  #tags = new TagTable([]);
  #link: BrokerLink | undefined;
  #listening: Promise<void> | undefined;
  #hasGathered = false;
  #tick: NodeJS.Timeout | undefined;

  /** By node. */
  readonly #returns = new Map<string, NodeReturn>();

  constructor(context: DriverContext) {
    this.#context = context;
    // Checked by the host against `SparkplugSettings`.
    this.#settings = context.settings as SparkplugSettings;
  }

  /** Only looks: nodes are told that a host is there when it has tags to keep, and no sooner. */
  async connect(): Promise<void> {
    this.#link = await this.#open(`${this.#clientId()}-${randomBytes(2).toString('hex')}`);
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = new TagTable(tags);
    // What is held back belongs to the tags before, and what is true now is told below.
    this.#returns.clear();
    this.#sink(this.#tags.faults().map(([tag, error]) => ({ tag, ...this.#bad(error) })));
    if (!this.#state && tags.length > 0) await this.#becomeHost();
    for (const { tag, address } of this.#tags.all()) {
      const found = this.#nodes.find(address);
      this.#sink([{ tag, ...(found?.shown ?? this.#bad(this.#nodes.whyAbsent(address))) }]);
    }
    this.#askForBirths(this.#tags);
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    await this.#listen();
    const table = new TagTable(tags);
    const asked = table.all();
    this.#askForBirths(table);
    await this.#watchers.wait(LISTEN_MS, () => asked.every(({ address }) => this.#nodes.find(address)));
    const faults = new Map(table.faults());
    return tags.map(({ address }, index) => {
      const tag = asked.find((each) => each.tag === index);
      const found = tag && this.#nodes.find(tag.address);
      if (found) return { address, ...found.shown, error: found.shown.error ?? null };
      const error = faults.get(index) ?? (tag ? this.#nodes.whyAbsent(tag.address) : 'not asked for');
      return { address, value: null, quality: 'bad', at: null, error };
    });
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    await this.#listen();
    // Who only looks has just begun to listen, and nodes that speak are asked for their birth.
    if (!this.#state && !this.#hasGathered) {
      await this.#watchers.wait(FIRST_WORD_MS, () => !this.#nodes.isEmpty);
      await this.#watchers.wait(GATHER_MS, () => false);
      this.#hasGathered = true;
    }
    return browseBirths(this.#nodes, parent, limit);
  }

  /** Resolves when the command has been sent: whether the node obeyed is seen in what it says next. */
  async write(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
    const address = parseMetricAddress(tag.address);
    if (typeof address === 'string') throw new DriverFault(address, { lasting: true });
    await this.#listen();
    const session = this.#nodes.get(`${address.group}/${address.node}`);
    const born = session?.isAlive(address.device) ? this.#nodes.find(address) : undefined;
    if (!born) throw new DriverFault(this.#nodes.whyAbsent(address));
    const { topic, payload } = metricCommand(this.#codec, address, born.type, value, this.#context.now());
    await this.#connected().publish(topic, payload, { qos: 0 });
  }

  async close(): Promise<void> {
    const state = this.#abort.signal.aborted ? undefined : this.#state;
    this.#abort.abort();
    clearInterval(this.#tick);
    if (state && this.#link) {
      const said = this.#link.publish(state.topic, state.death(this.#context.now()), {
        qos: 1,
        retain: true,
      });
      // A broker that is gone speaks the will itself.
      await within('saying goodbye', FAREWELL_MS, said).catch(() => undefined);
    }
    await this.#link?.close();
  }

  async #becomeHost(): Promise<void> {
    const state = new HostState(this.#settings.hostId, this.#context.now());
    const clientId = this.#clientId();
    new SessionFile(this.#context.folder()).write({ clientId, filters: [], handled: [] });
    await this.#link?.close();
    this.#link = await this.#open(clientId, state);
    this.#state = state;
    this.#listening = undefined;
    await this.#listen();
    await this.#link.subscribe([state.topic], { qos: 1, ownToo: true });
    await this.#link.publish(state.topic, state.birth(this.#context.now()), { qos: 1, retain: true });
    this.#tick = setInterval(() => this.#look(), TICK_MS);
  }

  #open(clientId: string, state?: HostState): Promise<BrokerLink> {
    return BrokerLink.open({
      settings: this.#settings,
      context: this.#context,
      clientId,
      // A host begins with a clean session. [tck-id-message-flow-phid-sparkplug-clean-session-311, -50]
      durable: false,
      ...(state && { will: state.will() }),
      signal: this.#abort.signal,
      onMessage: (message) => {
        this.#take(message);
        // Nothing is kept for a clean session, so there is nothing to leave to a later one.
        return true;
      },
      onLost: (reason) => {
        clearInterval(this.#tick);
        if (!this.#abort.signal.aborted) this.#context.lost(reason);
      },
    });
  }

  #listen(): Promise<void> {
    const link = this.#connected();
    this.#listening ??= link
      .subscribe(sparkplugFilters(this.#settings.groups), { qos: 1 })
      .then((refused) => {
        const [why] = refused.values();
        // Without one kind of message the rest would be read wrongly.
        if (why !== undefined) throw new DriverFault(why, { lasting: true });
      });
    return this.#listening;
  }

  #take(message: BrokerMessage): void {
    if (this.#abort.signal.aborted) return;
    const now = this.#context.now();
    if (message.topic === this.#state?.topic) {
      // What was kept there is of a session before this one, whose birth follows.
      if (!message.retained) this.#state.hear(message.payload);
      this.#sayOnline(now);
      return;
    }
    const topic = parseSparkplugTopic(message.topic);
    // Births and deaths are never retained [tck-id-payloads-nbirth-retain]: what was kept is not of this session.
    if (!topic || message.retained) return;
    const name = `${topic.group}/${topic.node}`;
    const session = this.#nodes.heard(name);
    if (!session) return;
    try {
      const payload = this.#codec.decode(message.payload);
      const digest = createHash('sha1').update(message.topic).update(message.payload).digest('base64url');
      const { kind, device } = topic;
      this.#tell(name, session.take({ kind, device, payload, digest, receivedAt: now }));
      if (kind === 'NBIRTH') this.#desk.answered(name);
    } catch (fault) {
      if (!(fault instanceof DriverFault)) throw fault;
      // What it said is not known, so that nothing before it can be relied on.
      this.#requestRebirth(name);
    }
    this.#watchers.tell();
  }

  #tell(name: string, news: NodeNews): void {
    const samples: Sample[] = [];
    for (const { device, metric, shown } of news.metrics)
      for (const tag of this.#tags.of(name, device, metric)) samples.push({ tag, ...shown });
    if (news.born !== undefined) samples.push(...this.#unborn(name, news.born));
    this.#sink(this.#inOrder(name, samples, news.returned === true));
    if (news.rebirth !== undefined) this.#requestRebirth(name);
  }

  /** Nothing while what the node stored may still come before it. */
  #inOrder(name: string, samples: readonly Sample[], returned: boolean): readonly Sample[] {
    const now = this.#context.now();
    if (returned && this.#tags.nodes().has(name) && !this.#returns.has(name))
      this.#returns.set(name, new NodeReturn(now));
    const back = this.#returns.get(name);
    if (back === undefined) return samples;
    back.add(samples, now);
    if (!back.isOver(now)) return [];
    this.#returns.delete(name);
    return back.samples();
  }

  /** Tags of a scope whose birth does not have them. */
  #unborn(name: string, device: string): readonly Sample[] {
    return this.#tags
      .all()
      .filter(({ address }) => `${address.group}/${address.node}` === name && address.device === device)
      .filter(({ address }) => this.#nodes.find(address) === undefined)
      .map(({ tag, address }) => ({ tag, ...this.#bad(`the birth has no metric ${address.metric}`) }));
  }

  #look(): void {
    const now = this.#context.now();
    this.#sayOnline(now);
    for (const [name, news] of this.#nodes.tick(now)) this.#tell(name, news);
    this.#askForBirths(this.#tags);
  }

  /** Nodes that were there before the host, and those that did not obey. */
  #askForBirths(tags: TagTable): void {
    for (const name of tags.nodes()) if (!this.#nodes.get(name)?.isSound()) this.#requestRebirth(name);
  }

  #requestRebirth(name: string): void {
    const now = this.#context.now();
    if (!this.#link || !this.#desk.mayAsk(name, now)) return;
    const { topic, payload } = rebirthCommand(this.#codec, name, now);
    // It is asked again after the pause, whatever became of this one.
    this.#link.publish(topic, payload, { qos: 0 }).catch(() => undefined);
  }

  #sayOnline(now: number): void {
    if (!this.#state?.owesBirth(now)) return;
    const said = this.#link?.publish(this.#state.topic, this.#state.birth(now), { qos: 1, retain: true });
    // A connection that broke is opened anew, and with it the birth is said.
    said?.catch(() => undefined);
  }

  #connected(): BrokerLink {
    if (!this.#link) throw new DriverFault('not connected to the broker');
    return this.#link;
  }

  #clientId(): string {
    return this.#settings.clientId ?? new SessionFile(this.#context.folder()).read().clientId;
  }

  #bad(error: string): Shown {
    return { value: null, quality: 'bad', at: this.#context.now(), error };
  }

  #sink(samples: readonly Sample[]): void {
    if (samples.length > 0 && !this.#abort.signal.aborted) this.#context.sink(samples);
  }
}
