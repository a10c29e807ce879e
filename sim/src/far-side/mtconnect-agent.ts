import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type OpenFarSide, POLL_MS, type Reading } from './far-side.ts';
import { listenAgain } from './listen.ts';
import { alarmOf, mtconnectMapping, wordsOf } from './mtconnect-words.ts';

/** Observations kept for readers that come back; some minutes of a hall. */
const BUFFER_SIZE = 4_096;
const HEARTBEAT_MS = 10_000;
const XML = 'text/xml';
const BOUNDARY = 'millrace';

const ITEMS: Readonly<Record<string, { readonly type: string; readonly element: string }>> = {
  avail: { type: 'AVAILABILITY', element: 'Availability' },
  power: { type: 'POWER_STATE', element: 'PowerState' },
  fmode: { type: 'FUNCTIONAL_MODE', element: 'FunctionalMode' },
  execution: { type: 'EXECUTION', element: 'Execution' },
  partcount: { type: 'PART_COUNT', element: 'PartCount' },
};

interface Observation {
  readonly machine: string;
  readonly category: 'EVENT' | 'CONDITION';
  readonly sequence: number;
  /** What was said, without number and time. */
  readonly bare: string;
  readonly xml: string;
}

/** One agent with a device for each machine: probe, current, and sample as a stream. [MTConnect Part 1, 2.0] */
export const openMtconnectAgent: OpenFarSide = async (machines, folder) => {
  const book = new ObservationBook(machines);
  const server = createServer((request, response) => answer(book, request, response));
  const port = await listenAgain(server, folder);
  const settings = { url: `http://127.0.0.1:${port}`, intervalMs: POLL_MS };
  return {
    connection: { code: 'agent', driver: 'mtconnect-agent', settings },
    mapping: (machine) => mtconnectMapping('agent', (key) => `${machine}:${key}`),
    show: (machine, reading) => book.show(machine, reading),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** Newest value of every item, and the last ones in their order. */
class ObservationBook {
  readonly wakes = new Set<() => void>();
  readonly #machines: readonly string[];
  readonly #newest = new Map<string, Observation>();
  readonly #kept: Observation[] = [];
  readonly #instance = Math.floor(Date.now() / 1_000);
  #next = 1;

  constructor(machines: readonly string[]) {
    this.#machines = machines;
  }

  show(machine: string, reading: Reading): void {
    const before = this.#next;
    for (const [key, text] of Object.entries(wordsOf(reading))) {
      this.#observe(
        machine,
        key,
        'EVENT',
        (head) => `<${ITEMS[key]?.element} ${head}>${text}</${ITEMS[key]?.element}>`,
      );
    }
    const [level, code, words] = alarmOf(reading);
    const element = level.charAt(0) + level.slice(1).toLowerCase();
    this.#observe(
      machine,
      'system',
      'CONDITION',
      (head) => `<${element} ${head} type="SYSTEM" nativeCode="${code}">${words}</${element}>`,
    );
    if (this.#next > before) for (const wake of this.wakes) wake();
  }

  /** The least sequence that can still be asked for. */
  get first(): number {
    return this.#kept[0]?.sequence ?? this.#next;
  }
  get next(): number {
    return this.#next;
  }

  devices(): string {
    const items = (machine: string): string =>
      `${Object.entries(ITEMS)
        .map(
          ([key, { type }]) =>
            `<DataItem category="EVENT" id="${machine}-${key}" name="${key}" type="${type}"/>`,
        )
        .join('')}<DataItem category="CONDITION" id="${machine}-system" name="system" type="SYSTEM"/>`;
    const devices = this.#machines.map(
      (machine) =>
        `<Device id="${machine}" name="${machine}" uuid="${machine}"><DataItems>${items(machine)}</DataItems></Device>`,
    );
    return document('Devices', this.#header(this.#next), `<Devices>${devices.join('')}</Devices>`);
  }

  current(): string {
    return this.#streams([...this.#newest.values()], this.#next);
  }

  sample(from: number, count: number): { readonly xml: string; readonly next: number } {
    const shown = this.#kept.slice(Math.max(0, from - this.first)).slice(0, count);
    const next = (shown.at(-1)?.sequence ?? from - 1) + 1;
    return { xml: this.#streams(shown, next), next };
  }

  #observe(
    machine: string,
    key: string,
    category: Observation['category'],
    element: (head: string) => string,
  ): void {
    const id = `${machine}-${key}`;
    const bare = element('');
    if (this.#newest.get(id)?.bare === bare) return;
    const at = new Date().toISOString();
    const sequence = this.#next++;
    const xml = element(`dataItemId="${id}" name="${key}" sequence="${sequence}" timestamp="${at}"`);
    const observation = { machine, category, sequence, bare, xml };
    this.#newest.set(id, observation);
    this.#kept.push(observation);
    if (this.#kept.length > BUFFER_SIZE) this.#kept.shift();
  }

  #streams(observations: readonly Observation[], next: number): string {
    const streams = this.#machines.map((machine) => {
      const own = observations.filter((one) => one.machine === machine);
      const of = (category: Observation['category']): string =>
        own.flatMap((one) => (one.category === category ? one.xml : [])).join('');
      const parts = `<Events>${of('EVENT')}</Events><Condition>${of('CONDITION')}</Condition>`;
      return `<DeviceStream name="${machine}" uuid="${machine}"><ComponentStream component="Device" componentId="${machine}">${parts}</ComponentStream></DeviceStream>`;
    });
    return document('Streams', this.#header(next), `<Streams>${streams.join('')}</Streams>`);
  }

  #header(next: number): string {
    const sequences = `firstSequence="${this.first}" lastSequence="${this.#next - 1}" nextSequence="${next}"`;
    return `<Header instanceId="${this.#instance}" bufferSize="${BUFFER_SIZE}" ${sequences} version="2.0" sender="demonstration" creationTime="${new Date().toISOString()}"/>`;
  }
}

function document(kind: 'Devices' | 'Streams' | 'Error', header: string, content: string): string {
  const name = `MTConnect${kind}`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="urn:mtconnect.org:${name}:2.0">${header}${content}</${name}>`;
}

function answer(book: ObservationBook, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://agent');
  const number = (name: string, otherwise: number): number => Number(url.searchParams.get(name) ?? otherwise);
  response.setHeader('content-type', XML);
  if (url.pathname.endsWith('/probe')) response.end(book.devices());
  else if (url.pathname.endsWith('/current')) response.end(book.current());
  else if (url.pathname.endsWith('/sample')) {
    const from = number('from', book.first);
    const isKept = from >= book.first && from <= book.next;
    if (isKept) stream(book, response, from, number('count', 100), number('heartbeat', HEARTBEAT_MS));
    else refuse(response, 'OUT_OF_RANGE');
  } else refuse(response, 'INVALID_URI');
}

function refuse(response: ServerResponse, code: string): void {
  response
    .writeHead(404)
    .end(document('Error', '', `<Errors><Error errorCode="${code}">${code}</Error></Errors>`));
}

function stream(
  book: ObservationBook,
  response: ServerResponse,
  from: number,
  count: number,
  beatMs: number,
): void {
  response.writeHead(200, { 'content-type': `multipart/x-mixed-replace;boundary=${BOUNDARY}` });
  let next = from;
  const send = (): void => {
    const part = book.sample(next, count);
    next = part.next;
    beat.refresh();
    const head = `--${BOUNDARY}\r\nContent-type: ${XML}\r\nContent-length: ${Buffer.byteLength(part.xml)}`;
    response.write(`${head}\r\n\r\n${part.xml}\r\n`);
  };
  const beat = setInterval(send, Math.max(100, beatMs));
  book.wakes.add(send);
  response.on('close', () => {
    clearInterval(beat);
    book.wakes.delete(send);
  });
  send();
}
