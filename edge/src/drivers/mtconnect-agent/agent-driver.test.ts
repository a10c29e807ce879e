import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { standInAgent } from '../../../../test/far-side/mtconnect-stand-in.ts';
import { eventually, recorded, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

const DEVICES = readFileSync(new URL('./fixtures/mtconnect-devices-demo.xml', import.meta.url), 'utf8');
const RECORDING = readFileSync(
  new URL('../mtconnect-adapter/fixtures/okuma-excerpt.shdr', import.meta.url),
  'utf8',
);
const TAGS = [{ address: 'ppartcount' }, { address: 'OKUMA:pexecution' }];
const settings = (url: string, timeoutMs = 3_000) => ({ url, timeoutMs, intervalMs: 100 });

/** The recording as an agent would have observed it: one key and value after the other. */
function replay(observe: (item: string, text: string, at: string) => void): void {
  for (const line of RECORDING.split('\n')) {
    const [at = '', ...fields] = line.split('|');
    if (!/^\d{4}-/.test(at) || line.endsWith('||||')) continue;
    for (let index = 0; index + 1 < fields.length; index += 2)
      observe(fields[index] ?? '', fields[index + 1] ?? '', at);
  }
}

describe('an agent with the device model of a machining centre', () => {
  test('is looked through, with count, state and the rest by their types', async () => {
    const agent = await standInAgent(DEVICES);
    agent.observe('pexecution', 'ACTIVE');
    const edge = recorded(driver, settings(agent.url));
    await edge.driver.connect();
    const browse = async (parent?: string) => (await edge.driver.browse?.(parent, 500)) ?? [];
    const devices = await browse();
    expect(devices.map(({ name }) => name)).toEqual(['Device OKUMA', 'Device Mazak']);
    const known = [];
    const folders = [devices[0]?.address ?? ''];
    for (const folder of folders) {
      for (const node of await browse(folder)) {
        if (node.folder) folders.push(node.address);
        else if (node.meaning !== undefined) known.push(node);
      }
    }
    const described = known.map(({ name, type, meaning, value }) => `${name} ${type} ${meaning} ${value}`);
    expect(described).toEqual([
      'pexecution: machine state EXECUTION state running',
      'ppartcount PART_COUNT count null',
    ]);
    expect(
      await edge.driver.read([...TAGS, { address: 'nothing' }, { address: 'pexecution#state' }]),
    ).toMatchObject([
      { value: null, quality: 'bad', error: 'the machine says UNAVAILABLE' },
      { value: 'ACTIVE', quality: 'good' },
      { value: null, error: 'the agent has no data item nothing' },
      { value: 'running', quality: 'good' },
    ]);
  });

  test('tells which devices it speaks for, also when another was named', async () => {
    const agent = await standInAgent(DEVICES);
    const edge = recorded(driver, { ...settings(agent.url), device: 'nobody' });
    expect(await driver.discover?.(edge.context)).toEqual([
      { name: 'OKUMA', settings: { device: 'OKUMA' }, needs: [] },
      { name: 'Mazak', settings: { device: 'Mazak' }, needs: [] },
    ]);
  });

  test.each([
    { how: 'in parts with their length', lengths: true, single: false },
    { how: 'in parts up to the next boundary', lengths: false, single: false },
    { how: 'in one document after the other where nothing streams', lengths: true, single: true },
  ])('gives the recorded counts and executions in order, $how', async ({ lengths, single }) => {
    const agent = await standInAgent(DEVICES);
    Object.assign(agent, { lengths, single, pieceBytes: 333 });
    const edge = recorded(driver, settings(agent.url));
    await edge.driver.connect();
    await edge.driver.subscribe(TAGS);
    await eventually(() => agent.asked.some((url) => url.includes('/sample')));
    replay((item, text, at) => agent.observe(item, text, at));
    await eventually(() => edge.values(0).length >= 8 && edge.values(1).length >= 16);
    expect(edge.values(0)).toEqual([0, 1, 0, 1, 2, 3, 0, 1]);
    const session = ['READY', 'ACTIVE', 'PROGRAM_COMPLETED', 'READY'];
    expect(edge.values(1)).toEqual([...session, ...session, ...session, ...session]);
    expect(edge.samples.find(({ value }) => value === 3)?.at).toBe(Date.parse('2022-08-08T14:30:19.519Z'));
    expect(edge.lost).toEqual([]);
  });

  test('with a broken stream goes on at the next number: nothing twice, nothing left out', async () => {
    const agent = await standInAgent(DEVICES);
    const edge = recorded(driver, settings(agent.url));
    await edge.driver.connect();
    await edge.driver.subscribe(TAGS);
    const expected = Array.from({ length: 30 }, (_, index) => index);
    for (const count of expected) {
      agent.observe('ppartcount', String(count));
      if (count % 10 === 5) agent.cut();
      if (count % 10 === 7) await eventually(() => edge.values(0).includes(count - 2));
    }
    await eventually(() => edge.values(0).length >= 30);
    expect(edge.values(0)).toEqual(expected);
    expect(edge.lost).toEqual([]);
  });

  test('closed in order and opened again brings what happened meanwhile, once, with its time', async () => {
    const agent = await standInAgent(DEVICES);
    const folder = scratchFolder();
    const before = recorded(driver, settings(agent.url), {}, folder);
    await before.driver.connect();
    await before.driver.subscribe(TAGS);
    agent.observe('ppartcount', '1');
    await eventually(() => before.values(0).length === 1);
    await before.driver.close();
    for (const count of ['2', '3', '4']) agent.observe('ppartcount', count, `2026-01-01T00:00:0${count}Z`);
    const after = recorded(driver, settings(agent.url), {}, folder);
    await after.driver.connect();
    await after.driver.subscribe(TAGS);
    await eventually(() => after.samples.at(-1)?.historyAt === undefined);
    const told = after.samples.filter(({ tag }) => tag === 0);
    const at = (count: number): number => Date.parse(`2026-01-01T00:00:0${count}Z`);
    expect(told.map(({ value }) => value)).toEqual([1, 2, 3, 4, 4]);
    expect(told.slice(1, 4).map(({ historyAt }) => historyAt)).toEqual([at(2), at(3), at(4)]);
    // What was last said is true now.
    expect(told.at(-1)).toEqual({ tag: 0, value: 4, quality: 'good', at: at(4) });
  });

  test('that was restarted, or has overwritten what was missed, is told and read from the present', async () => {
    for (const fault of ['restart', 'overwrite'] as const) {
      const agent = await standInAgent(DEVICES, 50);
      const folder = scratchFolder();
      const edge = recorded(driver, settings(agent.url), {}, folder);
      await edge.driver.connect();
      await edge.driver.subscribe(TAGS);
      agent.observe('ppartcount', '1');
      await eventually(() => edge.values(0).length === 1);
      if (fault === 'restart') agent.restart();
      else agent.cut();
      for (let count = 100; count < 200; count += 1) agent.observe('ppartcount', String(count));
      await eventually(() => edge.lost.length > 0);
      expect(edge.lost).toEqual([expect.stringMatching(/restarted|overwritten/)]);
      const again = recorded(driver, settings(agent.url), {}, folder);
      await again.driver.connect();
      await again.driver.subscribe(TAGS);
      expect(again.values(0)).toEqual([199]);
    }
  });

  test('that streams nothing any more, not even a heartbeat, is lost with the reason', async () => {
    const agent = await standInAgent(DEVICES);
    agent.silent = true;
    const edge = recorded(driver, settings(agent.url, 400));
    await edge.driver.connect();
    await edge.driver.subscribe(TAGS);
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual([expect.stringContaining('silent for 900 ms')]);
  });

  test('tells alarms of a condition by their level, code and text', async () => {
    const agent = await standInAgent(DEVICES);
    const edge = recorded(driver, settings(agent.url));
    await edge.driver.connect();
    await edge.driver.subscribe([
      { address: 'system' },
      { address: 'system#code', type: 'string' },
      { address: 'system#text' },
    ]);
    agent.observe('system', 'WARNING 12 low oil');
    agent.observe('system', 'FAULT 7 door open');
    agent.observe('system', 'NORMAL 7 ');
    agent.observe('system', 'NORMAL  ');
    await eventually(() => edge.values(0).length >= 4);
    expect(edge.values(0)).toEqual(['WARNING', 'FAULT', 'WARNING', 'NORMAL']);
    expect(edge.values(1).slice(0, 2)).toEqual(['12', '7']);
    expect(edge.values(2).slice(0, 2)).toEqual(['low oil', 'door open']);
  });
});
