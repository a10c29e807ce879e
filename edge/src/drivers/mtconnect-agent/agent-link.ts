import type { MtconnectAgentSettings } from '@millrace/contract';
import { decodeText, parseXml } from '../../document/index.ts';
import { DriverFault } from '../../driver/index.ts';
import { faultWords, WebClient } from '../../net/index.ts';
import { DeviceModel } from './device-model.ts';
import { MultipartReader } from './multipart-reader.ts';
import { type AgentDocument, parseAgentDocument } from './streams.ts';

const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_INTERVAL_MS = 1_000;
/** The model of a large machine has 200 kB, `current` of 5,000 items 0.7 MB; twice this would hold the thread for longer than the host waits. */
const DOCUMENT_BYTES = 8_388_608;
/** Observations in one part: what a busy machine makes in some seconds, and small enough to be read in one go. */
const PART_OBSERVATIONS = 1_000;

/** One MTConnect agent over HTTP: its three questions, bounded in time and size. */
export class AgentLink {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly who: string;
  readonly #base: URL;
  readonly #device: string | undefined;
  readonly #web: WebClient;
  readonly #latency: (ms: number) => void;

  constructor(settings: MtconnectAgentSettings, latency: (ms: number) => void) {
    this.timeoutMs = settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.intervalMs = settings.intervalMs ?? DEFAULT_INTERVAL_MS;
    this.#base = agentAddress(settings.url);
    this.who = `The agent at ${this.#base.host}`;
    this.#device = settings.device;
    this.#web = new WebClient({
      headers: { accept: 'application/xml, text/xml' },
      timeoutMs: this.timeoutMs,
    });
    this.#latency = latency;
  }

  async probe(): Promise<DeviceModel> {
    const text = await this.#text(this.#question('probe', {}));
    return this.#read(() => {
      const root = parseXml(text);
      if (root.name !== 'MTConnectError') return new DeviceModel(root);
      const refusal = parseAgentDocument(text);
      throw new DriverFault(`${this.who} refuses: ${refusal.kind === 'error' ? refusal.text : ''}`);
    });
  }

  /** The newest value of everything, or that at a sequence. */
  async current(at?: number): Promise<AgentDocument> {
    const text = await this.#text(this.#question('current', at === undefined ? {} : { at }));
    return this.#read(() => parseAgentDocument(text));
  }

  /**
   * Documents from a sequence on, for as long as the agent streams; resolves when the answer ends. An agent or proxy that does
   * not stream answers with one document, and is asked again by the caller.
   */
  async sample(from: number, bufferSize: number, take: (document: AgentDocument) => void): Promise<void> {
    const count = Math.min(PART_OBSERVATIONS, bufferSize > 0 ? bufferSize : PART_OBSERVATIONS);
    const url = this.#question('sample', {
      from,
      count,
      interval: this.intervalMs,
      heartbeat: this.timeoutMs,
    });
    const answer = await this.#web.stream(url).catch((cause: unknown) => {
      throw new DriverFault(faultWords(this.who, cause), { cause });
    });
    const type = answer.headers['content-type'];
    const read = (bytes: Buffer): void =>
      take(this.#read(() => parseAgentDocument(decodeText(bytes, undefined))));
    const boundary = /^multipart\/[\w-]+\s*;.*boundary\s*=\s*"?([^";]+)/i.exec(type ?? '')?.[1]?.trim();
    const parts = boundary === undefined ? undefined : new MultipartReader(boundary, read);
    // A heartbeat comes at least every `timeoutMs`; twice that and the rhythm of the values is silence.
    const silentMs = 2 * this.timeoutMs + this.intervalMs;
    const silence = setTimeout(() => {
      answer.destroy(new DriverFault(`${this.who} has been silent for ${silentMs} ms`));
    }, silentMs);
    const whole: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        silence.refresh();
        bytes += chunk.length;
        if (parts !== undefined) this.#read(() => parts.push(chunk));
        else if (bytes > DOCUMENT_BYTES)
          throw new DriverFault(`${this.who} answers with more than ${DOCUMENT_BYTES} bytes`);
        else whole.push(chunk);
      }
    } catch (cause) {
      throw cause instanceof DriverFault ? cause : new DriverFault(faultWords(this.who, cause), { cause });
    } finally {
      clearTimeout(silence);
    }
    if (parts === undefined) read(Buffer.concat(whole));
  }

  close(): void {
    this.#web.close();
  }

  #question(path: string, parameters: Readonly<Record<string, number>>): URL {
    const scope = this.#device === undefined ? '' : `${encodeURIComponent(this.#device)}/`;
    const url = new URL(`${scope}${path}`, this.#base);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
    return url;
  }

  async #text(url: URL): Promise<string> {
    const began = performance.now();
    const answer = await this.#web.text(url, DOCUMENT_BYTES).catch((cause: unknown) => {
      throw new DriverFault(faultWords(this.who, cause), { cause });
    });
    this.#latency(performance.now() - began);
    return this.#read(() => decodeText(answer.bytes, answer.headers['content-type']));
  }

  #read<T>(parse: () => T): T {
    try {
      return parse();
    } catch (cause) {
      if (cause instanceof SyntaxError || cause instanceof RangeError) {
        throw new DriverFault(`${this.who} answers what is no MTConnect: ${cause.message}`, { cause });
      }
      throw cause;
    }
  }
}

/** The agent's root, with the path of a proxy before it if there is one. */
function agentAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new DriverFault(`${text} is no address that begins with http:// or https://`, { lasting: true });
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
