import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeCommand, EdgeMachine, TagValue } from '@millrace/contract';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DriverFault } from '../driver/index.ts';
import { openLog } from '../log/index.ts';
import { type CommandJournal, openCommandJournal } from './command-journal.ts';
import { type Commands, openCommands } from './commands.ts';
import { type CurrentTag, type OrderedCommand, refuseForValue } from './decide.ts';

const command: EdgeCommand = {
  code: 'set-speed',
  connection: 'PLC',
  address: '1/holding/200',
  kind: 'write',
  type: 'uint16',
  class: 'normal',
  minimum: 10,
  maximum: 200,
  interlocks: [
    { name: 'door is closed', when: 'doorClosed' },
    { name: 'machine is idle', when: 'idle' },
  ],
  readBack: { tag: 'speed', withinMs: 300 },
};
const machine: EdgeMachine = {
  machine: 'PRESS-1',
  timeZone: 'UTC',
  tags: ['doorClosed', 'idle', 'speed'].map((name) => ({ name, connection: 'PLC', address: name })),
  commands: [command],
};
let folder: string;
let journal: CommandJournal;
let commands: Commands;
let values: Map<string, CurrentTag>;
let written: TagValue[];
let connected: boolean;
let scaled: Pick<EdgeCommand, 'scale' | 'offset'>;
let write: (value: TagValue) => Promise<void>;
const log = openLog({ level: 'error', write: () => undefined, now: Date.now });
const good = (value: TagValue): CurrentTag => ({ value, quality: 'good' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-commands-'));
  journal = openCommandJournal(folder, Date.now);
  values = new Map([
    ['doorClosed', good(true)],
    ['idle', good(true)],
    ['speed', good(50)],
  ]);
  written = [];
  connected = true;
  scaled = {};
  write = async (value) => {
    values.set('speed', good(value));
  };
  allow('allow:\n  - { machine: PRESS-*, commands: [set-*] }\n');
  commands = openCommands({
    folder,
    journal,
    target: {
      machines: () => [{ ...machine, commands: [{ ...command, ...scaled }] }],
      isConnected: () => connected,
      readNow: async (_machine, tags) =>
        new Map(tags.map((tag) => [tag, values.get(tag) ?? { value: null, quality: 'bad' }])),
      write: async (_connection, _tag, value) => {
        written.push(value);
        await write(value);
      },
      call: async () => null,
    },
    // The simplest language: the name of a tag.
    holds: (expression, _tags, current) => {
      const value = current.get(expression)?.value;
      return typeof value === 'boolean' ? value : undefined;
    },
    tagsOf: (expression) => [expression],
    now: Date.now,
    platformNow: Date.now,
    ended: () => undefined,
    log,
    endMs: 20,
  });
});
afterEach(async () => {
  await commands.close();
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const allow = (text: string): void => writeFileSync(join(folder, 'allow.yaml'), text);
let number = 0;
const order = (more: Partial<OrderedCommand> = {}): OrderedCommand => ({
  id: `id-${++number}`,
  machine: 'PRESS-1',
  command: 'set-speed',
  value: 120,
  expiresAt: Date.now() + 60_000,
  ...more,
});
async function outcomeOf(ordered: OrderedCommand) {
  commands.take([ordered]);
  return vi.waitFor(() => {
    const found = journal.known(ordered.id)?.outcome;
    if (found === undefined) throw new TypeError('no outcome yet');
    return found;
  }, 5_000);
}

describe('a command', () => {
  test('that everything allows is written once and read back, however often it is asked', async () => {
    const ordered = order();
    expect(await outcomeOf(ordered)).toMatchObject({ state: 'executed', refusal: null, readBack: 120 });
    expect(commands.take([ordered, ordered])).toBe(0);
    expect(written).toEqual([120]);
    expect(commands.untold()).toHaveLength(1);
    commands.settle([ordered.id]);
    expect(commands.untold()).toEqual([]);
    expect(commands.take([ordered])).toBe(0);
  });

  test('with a scale is written raw and read back as the value', async () => {
    scaled = { scale: 0.5, offset: 10 };
    write = async (raw) => {
      values.set('speed', good(Number(raw) * 0.5 + 10));
    };
    expect(await outcomeOf(order({ value: 120.5 }))).toMatchObject({ state: 'executed', readBack: 120.5 });
    expect(written).toEqual([221]);
    allow('allow: [{ machine: PRESS-1, commands: [set-speed], maximum: 200 }]');
    expect(await outcomeOf(order({ value: 120.5 }))).toMatchObject({ refusal: 'value-out-of-range' });
    expect(written).toEqual([221]);
  });

  test.each([
    ['of another machine', { machine: 'MILL-1' }, 'not-configured'],
    ['that is not configured', { command: 'set-fire' }, 'not-configured'],
    ['that is too late', { expiresAt: Date.now() - 1 }, 'expired'],
    ['that would live for ever', { expiresAt: Date.now() + 86_400_000 }, 'expired'],
    ['below its minimum', { value: 9 }, 'value-out-of-range'],
    ['with text for a number', { value: '120' }, 'wrong-type'],
    ['with half a piece for a whole number', { value: 120.5 }, 'wrong-type'],
    ['without a value', { value: null }, 'wrong-type'],
  ])('%s is refused', async (_name, more, refusal) => {
    expect(await outcomeOf(order(more))).toMatchObject({ state: 'refused', refusal });
    expect(written).toEqual([]);
  });

  test('is refused by the box whatever the platform wants, and allowed as soon as the file names it', async () => {
    rmSync(join(folder, 'allow.yaml'));
    expect(await outcomeOf(order())).toMatchObject({ refusal: 'not-allowed-here' });
    allow('allow:\n  - { machine: PRESS-2, commands: ["*"] }\n');
    expect(await outcomeOf(order())).toMatchObject({ refusal: 'not-allowed-here' });
    allow('allow: everything');
    expect(await outcomeOf(order())).toMatchObject({ refusal: 'not-allowed-here' });
    allow('allow:\n  - { machine: "*S-1", commands: ["s*-*d"] }\n');
    expect(await outcomeOf(order())).toMatchObject({ state: 'executed' });
  });

  test('stays within what the box demands, whatever the platform makes of the command', async () => {
    const allowOnly = (more: string) =>
      allow(`allow: [{ machine: PRESS-1, commands: [set-speed], ${more} }]`);
    allowOnly('addresses: [1/holding/100]');
    expect(await outcomeOf(order())).toMatchObject({ refusal: 'not-allowed-here' });
    allowOnly('addresses: [1/holding/*], maximum: 100');
    expect(await outcomeOf(order({ value: 120 }))).toMatchObject({ refusal: 'value-out-of-range' });
    expect(await outcomeOf(order({ value: 9 }))).toMatchObject({ refusal: 'value-out-of-range' });
    allowOnly('interlocks: [{ name: nobody near, when: nobodyNear }]');
    expect(await outcomeOf(order())).toMatchObject({
      refusal: 'interlock',
      detail: expect.stringMatching(/^nobody near/),
    });
    values.set('nobodyNear', good(true));
    expect(await outcomeOf(order())).toMatchObject({ state: 'executed' });
    expect(written).toEqual([120]);
  });

  test('names the interlock that does not hold; a value that is not good never holds', async () => {
    values.set('idle', good(false));
    expect(await outcomeOf(order())).toMatchObject({
      refusal: 'interlock',
      detail: 'machine is idle: does not hold',
    });
    values.set('idle', { value: true, quality: 'uncertain' });
    expect((await outcomeOf(order())).detail).toMatch(/^machine is idle: cannot be judged/);
    expect(written).toEqual([]);
  });

  test('to a machine that is not connected is refused', async () => {
    connected = false;
    expect(await outcomeOf(order())).toMatchObject({ refusal: 'not-connected' });
  });

  test('that the machine refuses has failed with its words', async () => {
    write = () => Promise.reject(new DriverFault('illegal data address (2)'));
    expect(await outcomeOf(order())).toMatchObject({ state: 'failed', detail: 'illegal data address (2)' });
  });

  test('whose driver crashes while it writes, or whose answer does not come, is unknown', async () => {
    write = () => Promise.reject(new TypeError('worker ended'));
    expect(await outcomeOf(order())).toMatchObject({ state: 'unknown' });
    write = () => Promise.reject(new DriverFault('the line broke', { unanswered: true }));
    expect(await outcomeOf(order())).toMatchObject({ state: 'unknown', detail: 'the line broke' });
  });

  test('whose machine does not answer keeps the agent from ending no longer, and is unknown at the next start', async () => {
    const ordered = order();
    const machineAnswers = Promise.withResolvers<void>();
    write = () => machineAnswers.promise;
    commands.take([ordered]);
    await vi.waitFor(() => expect(written).toEqual([120]));
    await commands.close();
    journal.close();
    // Too late: nobody is there any more to write it down.
    machineAnswers.resolve();
    journal = openCommandJournal(folder, Date.now);
    expect(journal.known(ordered.id)?.outcome).toMatchObject({ state: 'unknown' });
  });

  test('that the machine confirms and does not show has failed', async () => {
    write = async () => undefined;
    expect(await outcomeOf(order())).toMatchObject({ state: 'failed', readBack: 50 });
  });

  test('waits for the one before at the same machine', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    write = async (value) => {
      await promise;
      values.set('speed', good(value));
      values.set('idle', good(false));
    };
    const second = order({ value: 130 });
    commands.take([order(), second]);
    await vi.waitFor(() => expect(written).toEqual([120]));
    resolve();
    expect(await outcomeOf(second)).toMatchObject({ refusal: 'interlock' });
    expect(written).toEqual([120]);
  });
});

describe('the value of a command', () => {
  test('that is taken fits its type and its range', () => {
    const types = [
      'bool',
      'int16',
      'uint16',
      'int32',
      'uint32',
      'int64',
      'uint64',
      'float32',
      'bcd16',
      'string',
    ] as const;
    const value = fc.oneof(fc.double(), fc.integer(), fc.boolean(), fc.string(), fc.constant(null));
    fc.assert(
      fc.property(fc.constantFrom(...types), value, (type, given) => {
        const { minimum: _min, maximum: _max, ...free } = command;
        const taken = refuseForValue({ ...free, type }, given) === undefined;
        if (!taken) return;
        if (type === 'bool') expect(typeof given).toBe('boolean');
        else if (type === 'string') expect(typeof given).toBe('string');
        else if (type === 'float32') expect(Number.isFinite(Math.fround(Number(given)))).toBe(true);
        else expect(Number.isSafeInteger(given)).toBe(true);
        // −0 is 0 on every wire.
        if (type === 'uint16') expect(new Uint16Array([Number(given)])[0] === given).toBe(true);
        if (type === 'int32') expect(new Int32Array([Number(given)])[0] === given).toBe(true);
      }),
    );
  });
});

/** Executes every command it is given, tells each outcome as a line, and is killed by the test whenever it likes. */
const CHILD = `
import { appendFileSync, fsyncSync, openSync, writeSync } from 'node:fs';
const [base, folder, orders] = process.argv.slice(-3);
const { openCommandJournal } = await import(base + 'command-journal.ts');
const { openCommands } = await import(base + 'commands.ts');
const journal = openCommandJournal(folder, Date.now);
const machineFile = openSync(folder + '/machine', 'a');
const tags = [];
const command = { code: 'go', connection: 'C', address: 'a', kind: 'write', class: 'normal', interlocks: [] };
const tell = () => {
  for (const { id, outcome } of commands.untold()) {
    process.stdout.write(id + ' ' + outcome.state + '\\n');
    journal.settle([id]);
  }
};
const commands = openCommands({
  folder, journal,
  target: {
    machines: () => [{ machine: 'M', timeZone: 'UTC', tags, commands: [command] }],
    isConnected: () => true, readNow: async () => new Map(), call: async () => null,
    write: async (_c, _t, value) => { writeSync(machineFile, value + '\\n'); fsyncSync(machineFile); await new Promise(setImmediate); },
  },
  holds: () => true, tagsOf: () => [], now: Date.now, platformNow: Date.now, ended: tell,
  log: { debug() {}, info() {}, warn() {}, error() {} },
});
tell();
const list = JSON.parse(orders);
setInterval(() => { if (commands.take(list) === 0 && list.every(({ id }) => journal.known(id)?.settled)) process.exit(0); }, 1);
`;

describe('an agent killed at any moment', () => {
  test('never writes a command twice, and says executed only of what was written', async () => {
    allow('allow:\n  - { machine: M, commands: [go] }\n');
    const orders = Array.from({ length: 40 }, (_, i) =>
      order({ id: `k-${i}`, machine: 'M', command: 'go', value: `v${i}`, expiresAt: Date.now() + 600_000 }),
    );
    const base = new URL('./', import.meta.url).href;
    const told = new Map<string, Set<string>>();
    let rounds = 0;
    for (let done = false; !done; rounds++) {
      expect(rounds, 'rounds until all was told').toBeLessThan(60);
      // The last rounds are left alone, so that the test ends whatever the machine does.
      const lines = rounds < 6 ? 1 + ((rounds * 7) % 11) : Number.POSITIVE_INFINITY;
      const ended = await runUntil([base, folder, JSON.stringify(orders)], lines, told);
      done = ended === 0;
    }
    const machineFile = join(folder, 'machine');
    const wrote = existsSync(machineFile) ? readFileSync(machineFile, 'utf8').trim().split('\n') : [];
    expect(new Set(wrote).size, 'no value twice').toBe(wrote.length);
    for (const [index, { id }] of orders.entries()) {
      const states = [...(told.get(id) ?? [])];
      expect(states, id).toHaveLength(1);
      expect(['executed', 'unknown']).toContain(states[0]);
      if (states[0] === 'executed') expect(wrote).toContain(`v${index}`);
    }
    expect(rounds).toBeGreaterThan(2);
  }, 20_000);
});

/** Runs the child and kills it after so many outcomes; resolves to its exit code, null when it was killed. */
function runUntil(args: string[], lines: number, told: Map<string, Set<string>>): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let heard = '';
  child.stdout.on('data', (chunk) => {
    heard += chunk;
    if (heard.split('\n').length > lines) child.kill('SIGKILL');
  });
  child.once('close', (code) => {
    for (const line of heard.split('\n').slice(0, -1)) {
      const [id = '', state = ''] = line.split(' ');
      told.set(id, (told.get(id) ?? new Set()).add(state));
    }
    resolve(code);
  });
  return promise;
}
