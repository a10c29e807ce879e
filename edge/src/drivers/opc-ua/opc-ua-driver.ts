import type { BrowseNode, OpcUaSettings, ReadValue, TagValue } from '@millrace/contract';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type Sample,
  type TagAddress,
} from '../../driver/index.ts';
import { browseNodes, type Server } from './browse.ts';
import { faultOf } from './fault.ts';
import { loadOpcUa, type OpcUa } from './library.ts';
import { type Link, openLink } from './link.ts';
import { type Plan, planTags } from './plan.ts';
import { Repair } from './repair.ts';
import { type NodeValue, type Watch, watchNodes } from './subscription.ts';
import { bad } from './value.ts';
import { callMethod, type Send, writeNode } from './write.ts';

const PUBLISH_MS_DEFAULT = 1_000;
const QUEUE_DEFAULT = 1;
/** Nodes that were not there are looked for so often: a controller takes seconds to minutes to start. */
const AGAIN_MS = 5_000;
/** A thousand children with types and values are some tens of requests; the person who waits has 25 s. */
const BROWSE_TIMEOUT_MS = 20_000;

/** One connection to one server. */
export class OpcUaDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: OpcUaSettings;
  readonly #closing = new AbortController();
  #opcua: OpcUa | undefined;
  #link: Link | undefined;
  #connecting: Promise<unknown> = Promise.resolve();
  #tags: readonly TagAddress[] = [];
  #plan: Plan | undefined;
  #watch: Watch | undefined;
  #watchId = 0;
  /** Subscribing is one thing after the other. */
  #subscribing: Promise<unknown> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  readonly #repair = new Repair();

  constructor(context: DriverContext) {
    this.#context = context;
    // Checked against OpcUaSettings by the host before the driver is opened.
    this.#settings = context.settings as OpcUaSettings;
  }

  async connect(): Promise<void> {
    const context = this.#context;
    const connecting = (async () => {
      const opcua = await loadOpcUa();
      this.#opcua = opcua;
      const link = await openLink(
        {
          opcua,
          settings: this.#settings,
          pki: `${context.folder()}/pki`,
          secret: (name) => context.secret(name),
          now: () => context.now(),
          latency: (ms) => context.latency(ms),
          suspended: () => this.#repair.begin(),
          resumed: () => this.#resume(),
          failed: (reason) => this.#fail(reason),
        },
        this.#closing.signal,
      );
      if (this.#closing.signal.aborted) await link.close();
      else this.#link = link;
    })();
    // Told by the await below; whoever waits only wants to know that it is over.
    this.#connecting = connecting.catch(() => undefined);
    await connecting;
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    const subscribing = this.#subscribing.then(() => this.#subscribe(tags));
    // Told by the await below; the next list waits only for the end of this one.
    this.#subscribing = subscribing.catch(() => undefined);
    await subscribing;
  }

  async #subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#server();
    clearTimeout(this.#again);
    await this.#watch?.end();
    this.#watch = undefined;
    this.#tags = tags;
    try {
      await this.#watchTags(tags);
    } catch (cause) {
      throw faultOf('cannot watch the tags', cause);
    }
    this.#lookAgainLater();
  }

  async #watchTags(tags: readonly TagAddress[]): Promise<void> {
    const { opcua, link } = this.#server();
    const { now } = this.#context;
    const plan = await planTags(opcua, link.session, link.facts.namespaces, tags, now());
    this.#plan = plan;
    this.#give(plan.faults);
    if (plan.nodes.length === 0) return;
    const watch = await watchNodes({
      opcua,
      session: link.session,
      nodes: plan.nodes,
      sampleMs: this.#settings.publishMs ?? PUBLISH_MS_DEFAULT,
      queueSize: this.#settings.queueSize ?? QUEUE_DEFAULT,
      itemsPerCall: link.facts.itemsPerCall,
      values: (values) => this.#take(plan, values),
      refused: (node, reason) => this.#give(plan.refusals(node, reason, now())),
      heard: (publishedAt) => {
        link.heard();
        this.#repair.heard(publishedAt, this.#context.now());
      },
      failed: (reason) => link.fail(reason),
    });
    if (this.#closing.signal.aborted) watch.stop();
    this.#watch = watch;
    this.#watchId = watch.id;
  }

  #lookAgainLater(): void {
    clearTimeout(this.#again);
    const wanting = (this.#plan?.faults.length ?? 0) + (this.#watch?.missing ?? 0);
    if (wanting === 0 || this.#closing.signal.aborted) return;
    this.#again = setTimeout(() => {
      this.#subscribing = this.#subscribing.then(() => this.#lookAgain());
    }, AGAIN_MS);
  }

  /** Nodes may appear while the server runs; those that were found stay watched meanwhile. */
  async #lookAgain(): Promise<void> {
    const plan = this.#plan;
    const link = this.#link;
    const opcua = this.#opcua;
    if (plan === undefined || link === undefined || opcua === undefined) return;
    const tags = plan.faults.flatMap(({ tag }) => this.#tags[tag] ?? []);
    try {
      const { namespaces } = link.facts;
      const now = this.#context.now();
      const trial = await link.ask('looking for tags again', (session) =>
        planTags(opcua, session, namespaces, tags, now),
      );
      if (trial.faults.length < tags.length) await this.#subscribe(this.#tags);
      else if ((this.#watch?.missing ?? 0) > 0) await this.#watch?.tryMissing();
    } catch (cause) {
      // The next look is soon; whether the link still lives is watched elsewhere.
      if (!(cause instanceof DriverFault)) throw cause;
    }
    this.#lookAgainLater();
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const { opcua, link } = this.#server();
    const { facts } = link;
    const now = this.#context.now();
    const plan = await link.ask('reading values', (session) =>
      planTags(opcua, session, facts.namespaces, tags, now),
    );
    const last = new Map<number, Sample>(plan.faults.map((sample) => [sample.tag, sample]));
    for (let from = 0; from < plan.nodes.length; from += facts.nodesPerRead) {
      const nodes = plan.nodes.slice(from, from + facts.nodesPerRead);
      const attributeId = opcua.AttributeIds.Value;
      const values = await link.ask('reading values', (session) =>
        session.read(nodes.map((nodeId) => ({ nodeId, attributeId }))),
      );
      for (const [index, data] of values.entries()) {
        for (const sample of plan.samplesOf(from + index, data, this.#context.now()))
          last.set(sample.tag, sample);
      }
    }
    return tags.map(({ address }, tag) => {
      const sample = last.get(tag) ?? { at: now, ...bad('the server does not answer for this node') };
      return {
        address,
        value: sample.value,
        quality: sample.quality,
        at: sample.at,
        error: sample.error ?? null,
      };
    });
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    const { opcua, link } = this.#server();
    return link.ask(
      'browsing nodes',
      (session) => browseNodes({ opcua, session, facts: link.facts }, parent, limit),
      BROWSE_TIMEOUT_MS,
    );
  }

  async write(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
    await this.#change('writing a value', (server, send) => writeNode(server, tag.address, value, send));
  }

  async call(address: string, value: TagValue): Promise<TagValue> {
    return this.#change('calling a method', (server, send) => callMethod(server, address, value, send));
  }

  async #change<T>(what: string, exchange: (server: Server, send: Send) => Promise<T>): Promise<T> {
    const { opcua, link } = this.#server();
    let underWay = false;
    try {
      return await link.ask(what, (session, wanted) =>
        exchange({ opcua, session, facts: link.facts }, async (request) => {
          if (!wanted()) throw new DriverFault('the server was too slow; nothing was sent');
          underWay = true;
          const answer = await request();
          underWay = false;
          return answer;
        }),
      );
    } catch (cause) {
      if (!underWay || !(cause instanceof DriverFault)) throw cause;
      throw new DriverFault(`${cause.message}; it may have been carried out`, { cause, unanswered: true });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#again);
    this.#watch?.stop();
    this.#repair.giveUp();
    await this.#connecting;
    const link = this.#link;
    this.#link = undefined;
    if (link !== undefined) await link.close();
  }

  #server(): { readonly opcua: OpcUa; readonly link: Link } {
    if (this.#opcua === undefined || this.#link === undefined) throw new DriverFault('not connected');
    return { opcua: this.#opcua, link: this.#link };
  }

  #take(plan: Plan, values: readonly NodeValue[]): void {
    if (this.#closing.signal.aborted || plan !== this.#plan) return;
    if (!this.#repair.isUnderWay) {
      const now = this.#context.now();
      const samples = values.flatMap(({ node, data }) => plan.samplesOf(node, data, now));
      this.#give(samples.map((sample) => this.#repair.placed(sample, now)));
    } else if (!this.#repair.hold(values)) {
      this.#link?.fail('more arrived during a repair than can be held');
    }
  }

  /** What was queued at the server comes out only now, when it is certain that it is the same server with the same nodes. */
  #resume(): void {
    const held = this.#repair.end(this.#context.now());
    if (this.#watch !== undefined && this.#watch.id !== this.#watchId) {
      this.#link?.fail('the server lost the subscription');
    } else if (this.#plan !== undefined && held.length > 0) {
      this.#take(this.#plan, held);
    }
  }

  /** The last values are stale from now on. */
  #fail(reason: string): void {
    if (this.#closing.signal.aborted) return;
    const at = this.#context.now();
    clearTimeout(this.#again);
    this.#watch?.stop();
    this.#repair.giveUp();
    this.#plan = undefined;
    this.#give(this.#tags.map((_, tag) => ({ tag, at, ...bad(reason) })));
    this.#context.lost(reason);
  }

  #give(samples: readonly Sample[]): void {
    if (samples.length > 0 && !this.#closing.signal.aborted) this.#context.sink(samples);
  }
}
