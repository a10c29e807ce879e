import { readFileSync } from 'node:fs';
import type { EdgeMachine, MachineRecord, TagValue } from '@millrace/contract';
import { connectAsync } from 'mqtt';
import sparkplugPayload from 'sparkplug-payload';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Mosquitto, mosquittoProgram } from '../../test/far-side/mosquitto.ts';
import { standInAgent } from '../../test/far-side/mtconnect-stand-in.ts';
import { eventually, recorded, scratchFolder } from '../../test/far-side/recorded-context.ts';
import type { Sample } from './driver/index.ts';
import { driver as mtconnect } from './drivers/mtconnect-agent/index.ts';
import { driver as sparkplug } from './drivers/sparkplug-b/index.ts';
import { createPipeline } from './machine/index.ts';

const DEVICES = readFileSync(
  new URL('./drivers/mtconnect-agent/fixtures/mtconnect-devices-demo.xml', import.meta.url),
  'utf8',
);
const S = 1_000;
const MINUTE = 60 * S;
const MACHINE: EdgeMachine = {
  ...{ machine: 'M1', timeZone: 'Asia/Shanghai' },
  tags: ['count', 'state'].map((name) => ({ name, connection: 'c1', address: name })),
  count: { from: 'counter', tag: 'count' },
  state: { from: 'signal', tag: 'state' },
};

/** The line broke ten minutes ago, in the midst of a minute, after two minutes in which all was well. */
const brokeAt = (): number => Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE + 30 * S;
/** Ten pieces a minute; it stands still for the first twenty seconds of each. */
const PIECES = Array.from({ length: 10 }, (_, i) => (22 + 4 * i) * S);

interface Happening {
  readonly at: number;
  readonly count?: number;
  readonly running?: boolean;
}

/** What happens at the machine from one instant to another, its counter at nought at the first minute. */
function happenings(origin: number, from: number, to: number): Happening[] {
  const found: Happening[] = [];
  for (let minute = origin, n = 0; minute < to; minute += MINUTE, n++) {
    found.push({ at: minute, running: false }, { at: minute + 20 * S, running: true });
    for (const [i, ms] of PIECES.entries()) found.push({ at: minute + ms, count: 10 * n + i + 1 });
  }
  return found.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
}

/** An agent that saw the machine until the line broke, by a source whose clock is off by so much. */
function gateway(origin: number, broke: number, clockMs: number) {
  const records: MachineRecord[] = [];
  const pipeline = createPipeline({ checkpoint: {} });
  pipeline.configure([MACHINE], origin);
  const tags = ['count', 'state'].map((name) => ({
    ...{ machine: 'M1', tag: name, address: name },
    every: false,
  }));
  const take = (samples: readonly Sample[], now: number): void => {
    pipeline.take({ connection: 'c1', tags, samples, lost: new Map() }, now);
    records.push(...pipeline.advance(now));
  };
  const good = (tag: number, value: TagValue, at: number): Sample => ({
    ...{ tag, value, quality: 'good' as const, at: at + clockMs },
  });
  take([good(0, 0, origin), good(1, 'idle', origin)], origin);
  for (const { at, count, running } of happenings(origin, origin, broke)) {
    if (count !== undefined) take([good(0, count, at)], at);
    if (running !== undefined) take([good(1, running ? 'running' : 'idle', at)], at);
  }
  const bad = { value: null, quality: 'bad', at: broke } as const;
  take(
    [0, 1].map((tag) => ({ tag, ...bad })),
    broke,
  );
  for (let now = broke; now < Date.now(); now += 30 * S) take([], now);
  return {
    /** What the driver told after it was connected again, and the records of the minutes that were out. */
    returned: (samples: readonly Sample[]): MachineRecord[] => {
      take(samples, Date.now());
      return records.filter(({ minute }) => minute > broke && minute + MINUTE <= Date.now() - 2 * S);
    },
  };
}

function expectTruth(told: readonly MachineRecord[], origin: number): void {
  expect(told.length).toBeGreaterThanOrEqual(8);
  const { timeZone } = MACHINE;
  // Where local midnight lies among them the counts begin anew; the pieces of each minute are the same.
  for (const [i, { minute, runningS, count, state }] of told.entries()) {
    expect({ minute: (minute - origin) / MINUTE, runningS, state }).toEqual({
      ...{ minute: i + (told[0] === undefined ? 0 : (told[0].minute - origin) / MINUTE) },
      ...{ runningS: 40, state: 'running' },
    });
    const before = told[i - 1];
    const day = (at: number): string => new Date(at).toLocaleDateString('en', { timeZone });
    if (before !== undefined && day(before.minute) === day(minute)) expect(count - before.count).toBe(10);
  }
}

test.each([
  ['right', 0],
  ['five minutes slow', -5 * MINUTE],
  ['two minutes fast', 2 * MINUTE],
])('what an MTConnect agent kept is in its minutes when its clock is %s', async (_, clockMs) => {
  const broke = brokeAt();
  const origin = broke - 150 * S;
  const agent = await standInAgent(DEVICES);
  agent.clockMs = clockMs;
  const folder = scratchFolder();
  const settings = { url: agent.url, timeoutMs: 3_000, intervalMs: 100 };
  const tags = [{ address: 'ppartcount' }, { address: 'pexecution#state' }];
  const observe = (from: number, to: number): void => {
    for (const { at, count, running } of happenings(origin, from, to)) {
      const time = new Date(at + clockMs).toISOString();
      if (count !== undefined) agent.observe('ppartcount', String(count), time);
      if (running !== undefined) agent.observe('pexecution', running ? 'ACTIVE' : 'READY', time);
    }
  };
  observe(origin, broke);
  const before = recorded(mtconnect, settings, {}, folder);
  await before.driver.connect();
  await before.driver.subscribe(tags);
  await eventually(() => agent.asked.some((url) => url.includes('/sample')));
  const edge = gateway(origin, broke, clockMs);
  await before.driver.close();
  observe(broke, Date.now());
  const after = recorded(mtconnect, settings, {}, folder);
  await after.driver.connect();
  await after.driver.subscribe(tags);
  await eventually(() => after.samples.length > 2 && after.samples.at(-1)?.historyAt === undefined);
  expectTruth(edge.returned(after.samples), origin);
});

const program = await mosquittoProgram();
const absent = typeof program === 'string' ? '' : `(${program.missing})`;

describe.skipIf(absent)(`a Sparkplug node at Mosquitto ${absent}`, () => {
  test.each([
    ['right', 0],
    ['five minutes slow', -5 * MINUTE],
    ['two minutes fast', 2 * MINUTE],
  ])('what it stored is in its minutes when its clock is %s', async (_, clockMs) => {
    const broke = brokeAt();
    const origin = broke - 150 * S;
    const broker = await Mosquitto.start(String(program));
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const node = await connectAsync(broker.url);
    onTestFinished(() => node.endAsync(true));
    const codec = sparkplugPayload.get('spBv1.0');
    let seq = 0;
    const say = (kind: string, metrics: readonly object[]) => {
      const payload = { timestamp: Date.now() + clockMs, metrics, seq: seq++ % 256 } as never;
      return node.publishAsync(`spBv1.0/g/${kind}/n`, Buffer.from(codec?.encodePayload(payload) ?? []));
    };
    const edge = gateway(origin, broke, clockMs);
    const host = recorded(sparkplug, { url: broker.url, hostId: 'h' });
    await host.driver.connect();
    await host.driver.subscribe([{ address: 'g/n//Count' }, { address: 'g/n//State' }]);
    const stored = happenings(origin, broke, Date.now());
    const last = stored.findLast(({ count }) => count !== undefined)?.count;
    const state = stored.findLast(({ running }) => running !== undefined)?.running;
    const metric = (at: number, { count, running }: Omit<Happening, 'at'>) => {
      const timestamp = at + clockMs;
      return count === undefined
        ? { name: 'State', type: 'String', value: running ? 'running' : 'idle', timestamp }
        : { name: 'Count', type: 'UInt32', value: count, timestamp };
    };
    const now = Date.now();
    // First the present, as a node must, then what it stored; the first of it is how things stood.
    await say('NBIRTH', [metric(now, { count: last ?? 0 }), metric(now, { running: state ?? false })]);
    const stood = [{ at: broke, count: 22 }, { at: broke, running: true }, ...stored];
    for (const { at, ...what } of stood) await say('NDATA', [{ ...metric(at, what), isHistorical: true }]);
    await eventually(() => host.samples.some(({ historyAt }) => historyAt !== undefined));
    expect(host.samples.at(-1)?.historyAt).toBe(undefined);
    expectTruth(edge.returned(host.samples.filter(({ quality }) => quality === 'good')), origin);
  });
});
