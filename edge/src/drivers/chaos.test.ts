import type { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { truth as modbusTruth, requests } from '../../../test/far-side/modbus-stand-in.ts';
import { rawServer } from '../../../test/far-side/raw-server.ts';
import { eventually, recorded } from '../../../test/far-side/recorded-context.ts';
import { packetOf, plc, truth as s7Truth } from '../../../test/far-side/s7-stand-in.ts';
import type { DriverKind } from '../driver/index.ts';
import { driver as modbus } from './modbus/index.ts';
import { driver as s7 } from './s7/index.ts';

/** What a far side does to an answer, given one that it still holds back. */
const MISCHIEF = {
  nothing: (socket: Socket, answer: Buffer) => void socket.write(answer),
  silence: () => undefined,
  twice: (socket: Socket, answer: Buffer) => void socket.write(Buffer.concat([answer, answer])),
  half: (socket: Socket, answer: Buffer) => void socket.write(answer.subarray(0, answer.length >> 1)),
  tail: (socket: Socket, answer: Buffer) => void socket.write(answer.subarray(answer.length >> 1)),
  noise: (socket: Socket, answer: Buffer) => void socket.write(answer.map((byte, at) => byte ^ (at * 37))),
  before: (socket: Socket, answer: Buffer) => void socket.write(Buffer.concat([Buffer.of(0, 7), answer])),
  after: (socket: Socket, answer: Buffer) => void socket.write(Buffer.concat([answer, Buffer.of(9)])),
  end: (socket: Socket, answer: Buffer) => void socket.end(answer),
  reset: (socket: Socket) => void socket.resetAndDestroy(),
  flood: (socket: Socket) => void socket.write(Buffer.alloc(200_000, 0xaa)),
} as const;
type Mischief = keyof typeof MISCHIEF | 'late';

const ADDRESSES = [10, 300, 700];
const FAR_SIDES: Record<
  string,
  { kind: DriverKind; tag: string; serve: (socket: Socket, send: (answer: Buffer) => void) => void }
> = {
  modbus: {
    kind: modbus,
    tag: '1/holding/',
    serve: (socket, send) => requests(socket, (request) => send(modbusTruth(request))),
  },
  s7: {
    kind: s7,
    tag: 'DB1.DBW',
    serve: (socket, send) => plc(socket, (job) => send(packetOf(s7Truth(job)))),
  },
};

test.each(Object.entries(FAR_SIDES))(
  'whatever a far side does to its answers, %s gives right values or none, and all of them once it has come to its senses',
  async (_, { kind, tag, serve }) => {
    const plan = fc.array(fc.constantFrom<Mischief>('late', ...(Object.keys(MISCHIEF) as Mischief[])), {
      minLength: 12,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(plan, async (mischiefs) => {
        const left = [...mischiefs];
        const { port } = await rawServer((socket) => {
          let held = Buffer.alloc(0);
          serve(socket, (answer) => {
            const next = left.shift() ?? 'nothing';
            if (next === 'late') held = Buffer.from(answer);
            else MISCHIEF[next](socket, Buffer.concat([held, answer]));
            if (next !== 'late') held = Buffer.alloc(0);
          });
        });
        const settings = { host: '127.0.0.1', port, rack: 0, slot: 1, pollMs: 100, timeoutMs: 100 };
        const good = await followed(
          kind,
          settings,
          ADDRESSES.map((at) => `${tag}${at}`),
          () => left.length === 0,
        );
        expect(good).toEqual(new Set(ADDRESSES.map((at, index) => `${index}=${at}`)));
      }),
      { numRuns: 3 },
    );
  },
);

/** Opens the driver anew whenever it is lost, as the host does, until every tag came after the end; gives all good values. */
async function followed(
  kind: DriverKind,
  settings: Readonly<Record<string, unknown>>,
  addresses: readonly string[],
  isOver: () => boolean,
): Promise<Set<string>> {
  const good = new Set<string>();
  for (let attempt = 0; attempt < 40; attempt++) {
    const { driver, samples, lost, values } = recorded(kind, settings);
    try {
      await driver.connect();
      await driver.subscribe(addresses.map((address) => ({ address })));
      let from = -1;
      await eventually(() => {
        if (from < 0 && isOver()) from = samples.length;
        const since = samples.slice(Math.max(from, 0)).filter(({ quality }) => quality === 'good');
        const tags = new Set(since.map(({ tag }) => tag));
        return lost.length > 0 || (from >= 0 && tags.size === addresses.length);
      });
      for (const index of addresses.keys()) for (const value of values(index)) good.add(`${index}=${value}`);
      if (lost.length === 0) return good;
    } catch (fault) {
      if (!(fault instanceof Error && fault.name === 'DriverFault')) throw fault;
    } finally {
      await driver.close();
    }
  }
  return good;
}
