import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { parseXml, type XmlElement } from '../../edge/src/document/index.ts';

/**
 * An agent for a device model. Written by us after the standard, because neither Debian nor npm has an MTConnect agent: it
 * proves the client, not the reading of the standard.
 */
class StandInAgent {
  /** Streams are opened and then say nothing, not even a heartbeat. */
  silent = false;
  /** Answers `sample` with one document, as an agent behind a proxy that does not stream. */
  single = false;
  /** Bytes of one write. */
  pieceBytes = 400;
  /** Content-Length in the parts. */
  lengths = true;
  /** Of its clock against the world's, ms. */
  clockMs = 0;
  /** Requests so far. */
  readonly asked: string[] = [];
  readonly #devices: string;
  readonly #items: ReadonlyMap<string, Item>;
  readonly #bufferSize: number;
  readonly #buffer: Observed[] = [];
  readonly #streams = new Set<() => void>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #instance = 1;
  #next = 1;

  /** `bufferSize` in observations. */
  constructor(devices: string, bufferSize: number) {
    this.#devices = devices;
    this.#items = itemsOf(parseXml(devices));
    this.#bufferSize = bufferSize;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The item of that name has a new value; a name that is no data item's is ignored. */
  observe(name: string, text: string, at = new Date().toISOString()): void {
    const item = this.#items.get(name);
    if (item === undefined) return;
    this.#buffer.push({ item, sequence: this.#next, text, at });
    this.#next += 1;
    if (this.#buffer.length > this.#bufferSize) this.#buffer.shift();
    for (const wake of this.#streams) wake();
  }

  /** The agent starts anew: another instance, an empty buffer. */
  restart(): void {
    this.#instance += 1;
    this.#next = 1;
    this.#buffer.length = 0;
    this.cut();
  }

  /** Breaks all connections off. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? '');
    const url = new URL(request.url ?? '/', 'http://agent');
    const number = (name: string, otherwise: number): number =>
      Number(url.searchParams.get(name) ?? otherwise);
    const refuse = (code: string): void => {
      const error = `<Error errorCode="${code}">${code} it is</Error>`;
      response.writeHead(404).end(`<MTConnectError><Errors>${error}</Errors></MTConnectError>`);
    };
    response.setHeader('content-type', 'text/xml');
    if (url.pathname.endsWith('/probe')) response.end(this.#devices);
    else if (url.pathname.endsWith('/current')) {
      const at = number('at', this.#next - 1);
      const outside = url.searchParams.has('at') && (at >= this.#next || at < this.#first);
      if (outside) refuse('OUT_OF_RANGE');
      else response.end(this.#current(at));
    } else if (url.pathname.endsWith('/sample')) {
      const from = number('from', this.#first);
      if (from > this.#next || from < this.#first) refuse('OUT_OF_RANGE');
      else if (this.single) response.end(this.#sample(from, number('count', 100)).xml);
      else this.#stream(response, from, number('count', 100), number('heartbeat', 10_000));
    } else refuse('INVALID_URI');
  }

  #stream(response: ServerResponse, from: number, count: number, beatMs: number): void {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace;boundary=a1b2' });
    response.flushHeaders();
    if (this.silent) return;
    let next = from;
    const send = (): void => {
      beat.refresh();
      const part = this.#sample(next, count);
      next = part.next;
      const length = this.lengths ? `Content-length: ${Buffer.byteLength(part.xml)}\r\n` : '';
      const end = this.lengths ? '' : '--a1b2';
      const bytes = Buffer.from(`--a1b2\r\nContent-type: text/xml\r\n${length}\r\n${part.xml}\r\n${end}`);
      for (let at = 0; at < bytes.length; at += this.pieceBytes) {
        response.write(bytes.subarray(at, at + this.pieceBytes));
      }
    };
    const beat = setInterval(send, beatMs);
    this.#streams.add(send);
    response.on('close', () => {
      clearInterval(beat);
      this.#streams.delete(send);
    });
    send();
  }

  get #first(): number {
    return this.#buffer[0]?.sequence ?? this.#next;
  }

  #current(at: number): string {
    const latest = new Map<string, Observed>();
    for (const observed of this.#buffer) if (observed.sequence <= at) latest.set(observed.item.id, observed);
    const items = new Map([...this.#items.values()].map((item) => [item.id, item]));
    const none = { sequence: 0, text: 'UNAVAILABLE', at: '2022-08-08T00:00:00Z' };
    const shown = [...items.values()].map((item) => latest.get(item.id) ?? { item, ...none });
    return streamsDocument(this.#header(this.#next), shown);
  }

  #sample(from: number, count: number): { readonly xml: string; readonly next: number } {
    const shown = this.#buffer.filter(({ sequence }) => sequence >= from).slice(0, count);
    const next = (shown.at(-1)?.sequence ?? from - 1) + 1;
    return { xml: streamsDocument(this.#header(next), shown), next };
  }

  #header(next: number): string {
    const created = new Date(Date.now() + this.clockMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const sequences = `firstSequence="${this.#first}" lastSequence="${this.#next - 1}" nextSequence="${next}"`;
    return `<Header creationTime="${created}" instanceId="${this.#instance}" bufferSize="${this.#bufferSize}" ${sequences} version="2.0"/>`;
  }
}

/** A stand-in that listens until the test ends. */
export async function standInAgent(devices: string, bufferSize = 100_000): Promise<StandInAgent> {
  const agent = new StandInAgent(devices, bufferSize);
  await agent.listen();
  onTestFinished(() => agent.close());
  return agent;
}

interface Item {
  readonly id: string;
  readonly category: string;
  readonly element: string;
}
interface Observed {
  readonly item: Item;
  readonly sequence: number;
  readonly text: string;
  readonly at: string;
}

function itemsOf(element: XmlElement, found = new Map<string, Item>()): Map<string, Item> {
  for (const child of element.children) {
    if (child.name === 'DataItem') {
      const id = child.attributes.get('id') ?? '';
      const words = (child.attributes.get('type') ?? '').toLowerCase().split('_');
      const element = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
      const item = { id, category: child.attributes.get('category') ?? '', element };
      found.set(id, item).set(child.attributes.get('name') ?? id, item);
    } else itemsOf(child, found);
  }
  return found;
}

function streamsDocument(header: string, observations: readonly Observed[]): string {
  const group = (category: string, name: string): string => {
    const elements = observations.filter(({ item }) => item.category === category).map(observationElement);
    return elements.length === 0 ? '' : `<${name}>${elements.join('')}</${name}>`;
  };
  const groups = group('SAMPLE', 'Samples') + group('EVENT', 'Events') + group('CONDITION', 'Condition');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.0">${header}<Streams><DeviceStream name="OKUMA" uuid="OKUMA.123456"><ComponentStream component="Device">${groups}</ComponentStream></DeviceStream></Streams></MTConnectStreams>`;
}

/** A condition's text is `LEVEL code words`. */
function observationElement({ item, sequence, text, at }: Observed): string {
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const common = `dataItemId="${item.id}" sequence="${sequence}" timestamp="${at}"`;
  if (item.category !== 'CONDITION') return `<${item.element} ${common}>${plain}</${item.element}>`;
  const [level = '', code = '', ...words] = plain.split(' ');
  const element = level.charAt(0) + level.slice(1).toLowerCase();
  return `<${element} ${common} type="X" nativeCode="${code}">${words.join(' ')}</${element}>`;
}
