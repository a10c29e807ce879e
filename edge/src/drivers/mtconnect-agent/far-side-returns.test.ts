import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { standInAgent } from '../../../../test/far-side/mtconnect-stand-in.ts';
import { eventually, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import type { Sample } from '../../driver/index.ts';
import { openDriverHost } from '../../host/index.ts';

const DEVICES = readFileSync(new URL('./fixtures/mtconnect-devices-demo.xml', import.meta.url), 'utf8');

/** One connection in its worker thread, as in the agent, with short pauses. */
function hosted(driver: string, settings: Readonly<Record<string, unknown>>) {
  const samples: Sample[] = [];
  const restarts: string[] = [];
  const host = openDriverHost({
    folder: scratchFolder(),
    secrets: () => ({ values: {}, withheld: {}, worked: () => undefined }),
    now: () => Date.now(),
    onSamples: (batch) => void samples.push(...batch.samples),
    onRestart: (_, reason) => void restarts.push(reason),
    pace: { waitFirstMs: 50, waitMaxMs: 200 },
  });
  onTestFinished(() => host.close());
  const tag = { machine: 'okuma', tag: 'parts', every: true, address: 'ppartcount' };
  host.apply([{ code: 'far', driver, settings }], new Map([['far', [tag]]]));
  /** Each once; what was kept says when it happened, and the last of it is told again as true now. */
  const counts = (): unknown[] =>
    samples
      .filter(({ quality }) => quality === 'good')
      .filter(({ at, historyAt }, i, all) => historyAt !== undefined || all[i - 1]?.at !== at)
      .map(({ value }) => value);
  return { counts, restarts, samples, state: () => host.health()[0]?.state };
}

test('an adapter that is killed and comes back is read again, and was bad in between', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.write(`|ppartcount|${sockets.length}\n`);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const kill = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  await listen(0);
  onTestFinished(() => void kill());
  const { port } = server.address() as AddressInfo;
  const edge = hosted('mtconnect-adapter', { host: '127.0.0.1', port, timeoutMs: 1_000 });
  await eventually(() => edge.counts().length === 1);
  await kill();
  await eventually(() => edge.samples.at(-1)?.quality === 'bad');
  await listen(port);
  await eventually(() => edge.counts().length === 2 && edge.state() === 'connected');
  expect(edge.counts()).toEqual([1, 2]);
  expect(edge.restarts).toEqual([]);
});

test('an agent that is away for a while tells all that happened meanwhile, once', async () => {
  const agent = await standInAgent(DEVICES);
  const { port } = new URL(agent.url);
  const edge = hosted('mtconnect-agent', { url: agent.url, timeoutMs: 1_000, intervalMs: 100 });
  await eventually(() => edge.state() === 'connected');
  agent.observe('ppartcount', '1');
  await eventually(() => edge.counts().includes(1));
  agent.close();
  await eventually(() => edge.state() === 'waiting');
  for (const count of ['2', '3', '4']) agent.observe('ppartcount', count);
  await agent.listen(Number(port));
  await eventually(() => edge.counts().includes(4));
  // The value of before stands until the first one that was missed.
  expect(edge.counts()).toEqual([1, 1, 2, 3, 4]);
  expect(edge.restarts).toEqual([]);
});
