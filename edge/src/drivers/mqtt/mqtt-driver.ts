import { randomBytes } from 'node:crypto';
import { type BrowseNode, MqttSettings, type ReadValue, type TagValue } from '@millrace/contract';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type DriverKind,
  type Sample,
  type TagAddress,
} from '../../driver/index.ts';
import { BrokerLink, type BrokerMessage } from './broker-link.ts';
import { browseReadings } from './browse-readings.ts';
import { DurableSession } from './durable-session.ts';
import type { FormMessage, PayloadForm, Reading, TagReading } from './form.ts';
import { checkAnyAddress, FORMS } from './forms.ts';
import { RecentMessages } from './recent-messages.ts';
import { SessionFile } from './session-file.ts';
import { judge } from './tag-value.ts';
import { covers, separateFilters } from './topic-filter.ts';
import { Watchers } from './watchers.ts';

/** Nothing can be asked for in MQTT: a person who looks waits so long for what machines say by themselves. */
const LISTEN_MS = 8_000;
/** After the first message others follow, and what the broker has kept comes at once. */
const GATHER_MS = 1_000;
/** Values gone through for one list: some tenths of a second, in which the thread does nothing else. */
const MAX_BROWSED = 50_000;
/** A connection is one socket and some maps; a worker carries many, but one that is flooded must not starve all. */
const PER_WORKER = 16;

/** MQTT 5 and 3.1.1 with payloads of several forms. docs/edge/mqtt.md */
export const driver: DriverKind = {
  name: 'mqtt',
  settings: { ...MqttSettings },
  perWorker: PER_WORKER,
  checkAddress: checkAnyAddress,
  open: (context) => new MqttDriver(context),
};

type Route = (message: FormMessage) => readonly TagReading[];

class MqttDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: MqttSettings;
  readonly #form: PayloadForm;
  readonly #recent: RecentMessages;
  readonly #abort = new AbortController();
  readonly #watchers = new Watchers<FormMessage>(this.#abort.signal);
  #id: string | undefined;
  #link: BrokerLink | undefined;
  #listening: Promise<void> | undefined;
  #hasGathered = false;
  #durable: DurableSession | undefined;
  /** Of the settings, without those that others cover. */
  #topics: readonly string[] = [];
  #tags: readonly TagAddress[] = [];
  #route: Route = () => [];
  /** Topics that the broker does not let the agent hear, and why. */
  #refused: ReadonlyMap<string, string> = new Map();
  #unreadable = '';

  constructor(context: DriverContext) {
    this.#context = context;
    // Checked by the host against `MqttSettings`.
    this.#settings = context.settings as MqttSettings;
    this.#form = FORMS[this.#settings.form];
    this.#recent = new RecentMessages(this.#form.manyPerTopic);
  }

  /**
   * With a passing client id: the durable session is opened only when there are tags, for what the broker kept would be
   * acknowledged and lost; and somebody who only looks must not throw the running agent out.
   */
  async connect(): Promise<void> {
    const topics = separateFilters(this.#settings.topics);
    if (typeof topics === 'string') throw new DriverFault(topics, { lasting: true });
    this.#topics = topics;
    const base = this.#clientId();
    this.#link = await this.#open(`${base}-${randomBytes(2).toString('hex')}`, false);
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    const faults = new Map<number, string>();
    for (const [tag, { address }] of tags.entries()) {
      const wrong = this.#form.checkAddress(address) ?? this.#uncovered(address);
      if (wrong) faults.set(tag, wrong);
    }
    const sound = [...tags.keys()].filter((tag) => !faults.has(tag));
    const route = this.#form.router(sound.flatMap((tag) => tags[tag] ?? []));
    this.#tags = tags;
    this.#route = (message) =>
      route(message).map((reading) => ({ ...reading, tag: sound[reading.tag] ?? 0 }));
    if (sound.length > 0 && !this.#durable) this.#refused = await this.#openDurable();
    for (const tag of sound) {
      const filter = this.#form.filterOf(tags[tag]?.address ?? '');
      const why = [...this.#refused].find(([topic]) => filter === undefined || covers(topic, filter))?.[1];
      if (why) faults.set(tag, why);
    }
    const at = this.#context.now();
    this.#sink([...faults].map(([tag, error]) => ({ tag, value: null, quality: 'bad', at, error })));
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const found = new Map<number, ReadValue>();
    for (const [tag, { address }] of tags.entries()) {
      const wrong = this.#form.checkAddress(address) ?? this.#uncovered(address);
      if (wrong) found.set(tag, { address, value: null, quality: 'bad', at: null, error: wrong });
    }
    const asked = [...tags.keys()].filter((tag) => !found.has(tag));
    const route = this.#form.router(asked.flatMap((tag) => tags[tag] ?? []));
    const take = (message: FormMessage) => {
      for (const reading of this.#readable(message, route)) {
        const tag = asked[reading.tag] ?? 0;
        const { address = '', type } = tags[tag] ?? {};
        const { error = null, ...judged } = judge(reading, type, message);
        found.set(tag, { address, ...judged, error });
      }
    };
    await this.#listen();
    for (const message of this.#recent.all()) take(message);
    await this.#watchers.wait(LISTEN_MS, () => found.size === tags.length, take);
    const silent = `no message carried it within ${LISTEN_MS} ms`;
    const error = this.#unreadable === '' ? silent : `${silent}: ${this.#unreadable}`;
    return tags.map(
      ({ address }, tag) => found.get(tag) ?? { address, value: null, quality: 'bad', at: null, error },
    );
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    await this.#listen();
    if (!this.#durable && !this.#hasGathered) {
      await this.#watchers.wait(LISTEN_MS, () => !this.#recent.isEmpty());
      await this.#watchers.wait(GATHER_MS, () => false);
      this.#hasGathered = true;
    }
    return browseReadings(this.#recentReadings(), parent, limit);
  }

  async write(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
    const wrong = this.#form.checkAddress(tag.address);
    if (wrong) throw new DriverFault(wrong, { lasting: true });
    if (!this.#link) throw new DriverFault('not connected to the broker');
    const { topic, payload } = this.#form.publication(tag.address, value, this.#context.now());
    const { heard } = await this.#link.publish(topic, payload, { qos: 1 });
    if (!heard) throw new DriverFault(`nobody listens to ${topic}: the broker has thrown the message away`);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#durable?.keep();
    await this.#link?.close();
    this.#durable?.keep();
  }

  async #openDurable(): Promise<ReadonlyMap<string, string>> {
    const topics = this.#topics;
    const session = new DurableSession(this.#sessionFile(), this.#clientId(), topics, this.#context.now());
    this.#durable = session;
    await this.#link?.close();
    this.#link = await this.#open(session.clientId, true);
    session.begin();
    await this.#link.unsubscribe(session.outdated);
    const refused = await this.#link.subscribe(topics, { qos: 1 });
    this.#listening = Promise.resolve();
    if (topics.every((topic) => refused.has(topic)))
      throw new DriverFault([...refused.values()][0] ?? 'the broker refuses every topic', { lasting: true });
    return refused;
  }

  #open(clientId: string, durable: boolean): Promise<BrokerLink> {
    return BrokerLink.open({
      settings: this.#settings,
      context: this.#context,
      clientId,
      durable,
      signal: this.#abort.signal,
      onMessage: (message) => this.#take(message, durable),
      onLost: (reason) => {
        if (this.#abort.signal.aborted) return;
        const unkept = this.#durable?.keep();
        this.#context.lost(unkept ? `${reason}; ${unkept}` : reason);
      },
    });
  }

  /** The PUBACK goes out after this has returned true: what the sink has not got is sent again. */
  #take(message: BrokerMessage, durable: boolean): boolean {
    if (this.#abort.signal.aborted) return false;
    const { topic, payload, retained, cutBytes } = message;
    const seen: FormMessage = { topic, payload, retained, cutBytes, receivedAt: this.#context.now() };
    // What comes while somebody only looks, the durable session may hold too: it is for looking, and counts nothing.
    const readings = durable ? this.#readable(seen, this.#route) : [];
    const exact = readings.some(({ sourceAt }) => sourceAt !== undefined && sourceAt % 1_000 !== 0);
    if (this.#durable?.isRepeat(message, exact)) return true;
    this.#recent.add(seen);
    this.#watchers.tell(seen);
    this.#sink(
      readings.map((reading) => {
        const judged = judge(reading, this.#tags[reading.tag]?.type, seen);
        const kept = !retained && this.#durable?.wasKept(reading.sourceAt, seen.receivedAt) === true;
        return { tag: reading.tag, ...judged, ...(kept ? { historyAt: judged.at } : {}) };
      }),
    );
    return true;
  }

  #sink(samples: readonly Sample[]): void {
    if (samples.length > 0 && !this.#abort.signal.aborted) this.#context.sink(samples);
  }

  #readable(message: FormMessage, route: Route): readonly TagReading[] {
    try {
      return route(message);
    } catch (fault) {
      if (!(fault instanceof DriverFault)) throw fault;
      this.#unreadable = `a message on ${message.topic} cannot be read: ${fault.message}`;
      return [];
    }
  }

  *#recentReadings(): Generator<Reading> {
    let left = MAX_BROWSED;
    for (const message of this.#recent.all()) {
      try {
        for (const reading of this.#form.readings(message)) {
          if (left-- <= 0) return;
          yield reading;
        }
      } catch (fault) {
        // What cannot be read has nothing to show.
        if (!(fault instanceof DriverFault)) throw fault;
      }
    }
  }

  /** Makes sure that messages come, also while nobody has asked for tags. */
  #listen(): Promise<void> {
    const link = this.#link;
    if (!link) return Promise.reject(new DriverFault('not connected to the broker'));
    this.#listening ??= link.subscribe(this.#topics, { qos: 0 }).then(() => undefined);
    return this.#listening;
  }

  #uncovered(address: string): string | undefined {
    const filter = this.#form.filterOf(address);
    if (filter === undefined || this.#topics.some((topic) => covers(topic, filter))) return undefined;
    return `the connection does not listen to ${filter}`;
  }

  #sessionFile(): SessionFile {
    return new SessionFile(this.#context.folder());
  }

  /** The same for as long as the connection's folder lives. */
  #clientId(): string {
    this.#id ??= this.#settings.clientId ?? this.#sessionFile().read().clientId;
    return this.#id;
  }
}
