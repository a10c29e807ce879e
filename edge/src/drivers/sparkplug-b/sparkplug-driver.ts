import { createHash, randomBytes } from 'node:crypto';
import { type BrowseNode, type ReadValue, SparkplugSettings, type TagValue } from '@millrace/contract';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type DriverKind,
  type Sample,
  type TagAddress,
} from '../../driver/index.ts';
import { BrokerLink, type BrokerMessage, SessionFile } from '../mqtt/index.ts';
import { browseBirths } from './browse-births.ts';
import { HostState } from './host-state.ts';
import { writeMetricValue } from './metric-value.ts';
import { type NodeNews, NodeSession, type Shown } from './node-session.ts';
import { PayloadCodec } from './payload.ts';
import { RebirthDesk } from './rebirth-desk.ts';
import { parseMetricAddress, parseSparkplugTopic, sparkplugFilters } from './sparkplug-address.ts';
import { TagTable } from './tag-table.ts';

/** Births of several thousand metrics are decoded in one go; two such hosts do not share a thread. */
const PER_WORKER = 4;
/** Edge nodes of one broker; a plant has hundreds. */
const MAX_NODES = 1_000;
/** Metrics kept for browsing, over all nodes, about 200 bytes each; those of tags are kept beyond it. */
const MAX_METRICS = 100_000;
/** A node that is asked for a rebirth answers within a second or two. */
const LISTEN_MS = 3_000;
/** Births follow the request within a second or two. */
const GATHER_MS = 1_500;
/** Nodes tell what has changed, and it may take a while until something has. */
const FIRST_WORD_MS = 8_000;
/** How often it is looked for nodes that owe a birth. */
const TICK_MS = 1_000;
/** A farewell is polite; a broker that hangs does not hold the agent back. */
const FAREWELL_MS = 1_000;

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
  readonly #nodes = new Map<string, NodeSession>();
  readonly #abort = new AbortController();
  readonly #watchers = new Set<() => void>();
  #state: HostState | undefined;
  #tags = new TagTable([]);
  #link: BrokerLink | undefined;
  #listening: Promise<void> | undefined;
  #hasGathered = false;
  #tick: NodeJS.Timeout | undefined;

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
    this.#sink(this.#tags.faults().map(([tag, error]) => ({ tag, ...this.#bad(error) })));
    if (!this.#state && tags.length > 0) await this.#becomeHost();
    for (const { tag, address } of this.#tags.all()) {
      const session = this.#nodes.get(`${address.group}/${address.node}`);
      const found = session?.find(address.device, address.metric);
      const why = session?.whyAbsent(address.device, address.metric) ?? 'the edge node has not been heard';
      this.#sink([{ tag, ...(found?.shown ?? this.#bad(why)) }]);
    }
    this.#askForBirths();
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    await this.#listen();
    const table = new TagTable(tags);
    const asked = table.all();
    const find = ({ address }: (typeof asked)[number]) =>
      this.#nodes.get(`${address.group}/${address.node}`)?.find(address.device, address.metric);
    for (const name of table.nodes()) if (!this.#nodes.get(name)?.isSound()) this.#requestRebirth(name);
    await this.#watch(LISTEN_MS, () => asked.every((tag) => find(tag) !== undefined));
    const faults = new Map(table.faults());
    return tags.map(({ address }, index) => {
      const tag = asked.find((each) => each.tag === index);
      const found = tag && find(tag);
      if (found) return { address, ...found.shown, error: found.shown.error ?? null };
      const error = faults.get(index) ?? (tag ? this.#whyAbsent(tag.address) : 'not asked for');
      return { address, value: null, quality: 'bad', at: null, error };
    });
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    await this.#listen();
    // Who only looks has just begun to listen, and nodes that speak are asked for their birth.
    if (!this.#state && !this.#hasGathered) {
      await this.#watch(FIRST_WORD_MS, () => this.#nodes.size > 0);
      await this.#watch(GATHER_MS, () => false);
      this.#hasGathered = true;
    }
    return browseBirths(this.#nodes, parent, limit);
  }

  /** Resolves when the command has been sent: whether the node obeyed is seen in what it says next. */
  async write(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
    const address = parseMetricAddress(tag.address);
    if (typeof address === 'string') throw new DriverFault(address, { lasting: true });
    const { group, node, device, metric } = address;
    await this.#listen();
    const session = this.#nodes.get(`${group}/${node}`);
    const born = session?.isAlive(device) ? session.find(device, metric) : undefined;
    if (!born) throw new DriverFault(this.#whyAbsent(address));
    const fields = writeMetricValue(born.type, value);
    const timestamp = String(this.#context.now());
    const payload = this.#codec.encode({ timestamp, metrics: [{ name: metric, timestamp, ...fields }] });
    const topic = device === '' ? `spBv1.0/${group}/NCMD/${node}` : `spBv1.0/${group}/DCMD/${node}/${device}`;
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
      await Promise.race([said.catch(() => undefined), delay(FAREWELL_MS)]);
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
    const session = this.#sessionOf(name);
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
    for (const watcher of this.#watchers) watcher();
  }

  #tell(name: string, news: NodeNews): void {
    const samples: Sample[] = [];
    for (const { device, metric, shown } of news.metrics)
      for (const tag of this.#tags.of(name, device, metric)) samples.push({ tag, ...shown });
    if (news.born !== undefined) samples.push(...this.#unborn(name, news.born));
    this.#sink(samples);
    if (news.rebirth !== undefined) this.#requestRebirth(name);
  }

  /** Tags of a scope whose birth does not have them. */
  #unborn(name: string, device: string): readonly Sample[] {
    const session = this.#nodes.get(name);
    return this.#tags
      .all()
      .filter(({ address }) => `${address.group}/${address.node}` === name && address.device === device)
      .filter(({ address }) => session?.find(device, address.metric) === undefined)
      .map(({ tag, address }) => ({ tag, ...this.#bad(`the birth has no metric ${address.metric}`) }));
  }

  #sessionOf(name: string): NodeSession | undefined {
    const known = this.#nodes.get(name);
    if (known) return known;
    if (this.#nodes.size >= MAX_NODES && !this.#tags.nodes().has(name)) return undefined;
    const session = new NodeSession({
      room: () => {
        let kept = 0;
        for (const each of this.#nodes.values()) kept += each.metricCount();
        return MAX_METRICS - kept;
      },
      isWanted: (device, metric) => this.#tags.of(name, device, metric).length > 0,
    });
    this.#nodes.set(name, session);
    return session;
  }

  #look(): void {
    const now = this.#context.now();
    this.#sayOnline(now);
    for (const [name, session] of this.#nodes) this.#tell(name, session.tick(now));
    this.#askForBirths();
  }

  /** Nodes that were there before the host, and those that did not obey. */
  #askForBirths(): void {
    for (const name of this.#tags.nodes()) if (!this.#nodes.get(name)?.isSound()) this.#requestRebirth(name);
  }

  #requestRebirth(name: string): void {
    const now = this.#context.now();
    if (!this.#link || !this.#desk.mayAsk(name, now)) return;
    const [group = '', node = ''] = name.split('/');
    const timestamp = String(now);
    const metric = { name: 'Node Control/Rebirth', timestamp, datatype: 11, booleanValue: true };
    const payload = this.#codec.encode({ timestamp, metrics: [metric] });
    // It is asked again after the pause, whatever became of this one.
    this.#link.publish(`spBv1.0/${group}/NCMD/${node}`, payload, { qos: 0 }).catch(() => undefined);
  }

  #sayOnline(now: number): void {
    if (!this.#state?.owesBirth(now)) return;
    const said = this.#link?.publish(this.#state.topic, this.#state.birth(now), { qos: 1, retain: true });
    // A connection that broke is opened anew, and with it the birth is said.
    said?.catch(() => undefined);
  }

  async #watch(ms: number, enough: () => boolean): Promise<void> {
    if (enough()) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        this.#abort.signal.removeEventListener('abort', end);
        resolve();
      };
      const watcher = () => {
        if (enough()) end();
      };
      const timer = setTimeout(end, ms);
      this.#watchers.add(watcher);
      this.#abort.signal.addEventListener('abort', end);
    });
  }

  #whyAbsent({
    group,
    node,
    device,
    metric,
  }: Exclude<ReturnType<typeof parseMetricAddress>, string>): string {
    const session = this.#nodes.get(`${group}/${node}`);
    return session?.whyAbsent(device, metric) ?? 'the edge node has not been heard';
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

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
