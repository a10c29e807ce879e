import { readFileSync } from 'node:fs';
import type { EdgeMachine, MachineRecord } from '@millrace/contract';
import { expect, test } from 'vitest';
import { rawServer } from '../../test/far-side/raw-server.ts';
import { eventually, recorded } from '../../test/far-side/recorded-context.ts';
import type { Sample } from './driver/index.ts';
import { driver } from './drivers/mtconnect-adapter/index.ts';
import { createPipeline } from './machine/index.ts';

const RECORDING = readFileSync(
  new URL('./drivers/mtconnect-adapter/fixtures/okuma-excerpt.shdr', import.meta.url),
);
const MACHINE: EdgeMachine = {
  machine: 'OKUMA-1',
  timeZone: 'America/Chicago',
  tags: [
    { name: 'parts', connection: 'okuma', address: 'ppartcount' },
    { name: 'state', connection: 'okuma', address: 'pexecution#state' },
  ],
  count: { from: 'counter', tag: 'parts' },
  state: { from: 'signal', tag: 'state' },
};

/** A clock of 2022 counts as never set: the recording is played four years later. */
const LATER_MS = 1_461 * 86_400_000;

/** Minute records of samples that come at their own times. */
function minutesOf(samples: readonly Sample[], untilMs: number): MachineRecord[] {
  const pipeline = createPipeline({ checkpoint: {} });
  const tags = MACHINE.tags.map(({ name, address }) => ({
    machine: MACHINE.machine,
    tag: name,
    address,
    every: false,
  }));
  const records: MachineRecord[] = [];
  let now = samples[0]?.at ?? 0;
  pipeline.configure([MACHINE], now);
  for (const sample of [...samples, { tag: -1, value: null, quality: 'bad' as const, at: untilMs }]) {
    for (; now < sample.at; now = Math.min(sample.at, now + 1_000)) records.push(...pipeline.advance(now));
    if (sample.tag >= 0)
      pipeline.take({ connection: 'okuma', tags, samples: [sample], lost: new Map() }, now);
  }
  return records;
}

test('a recorded session of a machining centre becomes minutes that count its part and the time it ran', async () => {
  const { port } = await rawServer((socket) => void socket.write(RECORDING));
  const edge = recorded(driver, { host: '127.0.0.1', port });
  await edge.driver.connect();
  await edge.driver.subscribe(MACHINE.tags);
  await eventually(() => edge.values(0).length >= 8 && edge.values(1).length >= 16);

  const [from, until] = [Date.parse('2022-08-08T14:21:00Z'), Date.parse('2022-08-08T14:33:00Z')];
  const session = edge.samples
    .filter(({ at }) => at >= from && at < until)
    .map((sample) => ({ ...sample, at: sample.at + LATER_MS }));
  const records = minutesOf(session, until + LATER_MS + 60_000);
  const ranS = records.reduce((sum, { runningS }) => sum + runningS, 0);
  // ACTIVE from 14:21:10.5 to 14:30:19.4.
  expect(Math.abs(ranS - 549)).toBeLessThanOrEqual(2);
  expect(records.map(({ count }) => count).at(-1)).toBe(1);
  expect(records.filter(({ runningS }) => runningS === 60).length).toBe(8);
  expect(
    records.find(({ minute }) => minute === Date.parse('2022-08-08T14:31:00Z') + LATER_MS),
  ).toMatchObject({
    runningS: 0,
    state: 'idle',
  });
});
