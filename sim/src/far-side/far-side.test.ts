import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { loadDriver } from '../../../edge/src/host/index.ts';
import { eventually, recorded, scratchFolder } from '../../../test/far-side/recorded-context.ts';
import { FAR_SIDES, type Protocol, type Reading } from './index.ts';

const MACHINES = ['F1-PRESS-01', 'F1-PRESS-02', 'F1-PRESS-03'];
const BEFORE: Reading = { pieces: 40, state: 'idle', energyWh: 1_000 };
const AFTER: Reading = { pieces: 70_043, state: 'running', energyWh: 1_250 };
/** What tells the state, and how it says that a machine runs. */
const RUNNING: Readonly<
  Record<Exclude<Protocol, 'pulse' | 'scanner'>, readonly [tag: string, value: unknown]>
> = {
  modbus: ['status', 2],
  s7: ['status', 2],
  'opc-ua': ['state', 'running'],
  'mtconnect-adapter': ['execution', 'running'],
  'mtconnect-agent': ['execution', 'running'],
  mqtt: ['state', 'running'],
  'sparkplug-b': ['status', 2],
  'http-poll': ['state', 'running'],
  webhook: ['state', 'running'],
};
/** Controllers are brought up to date every 200 ms; one that tells only changes must not be asked to repeat itself. */
const SHOW_MS = 50;

async function hall(protocol: Protocol) {
  const side = await FAR_SIDES[protocol](MACHINES, scratchFolder());
  onTestFinished(() => side.close());
  let reading = BEFORE;
  const show = (): void => {
    for (const machine of MACHINES) side.show(machine, machine === MACHINES[1] ? reading : BEFORE);
  };
  show();
  const timer = setInterval(show, SHOW_MS);
  onTestFinished(() => clearInterval(timer));
  const gateway = recorded(await loadDriver(side.connection.driver), side.connection.settings);
  const tags = MACHINES.flatMap((machine) => side.mapping(machine).tags.map((tag) => ({ ...tag, machine })));
  await gateway.driver.connect();
  await gateway.driver.subscribe(tags);
  const good = (machine: string | undefined, name: string): unknown[] =>
    gateway.values(tags.findIndex((tag) => tag.machine === machine && tag.name === name));
  return {
    settings: side.connection.settings as Readonly<Record<string, unknown>>,
    good,
    last: (machine: string | undefined, name: string) => good(machine, name).at(-1),
    work: () => {
      reading = AFTER;
    },
  };
}

test.each(Object.entries(RUNNING))(
  'a gateway reads count and state of machines that speak %s',
  async (protocol, [state, running]) => {
    const { last, work } = await hall(protocol as Protocol);
    await eventually(() => MACHINES.every((machine) => last(machine, 'pieces') === BEFORE.pieces));
    expect(last(MACHINES[1], state)).not.toBe(running);
    work();
    await eventually(
      () => last(MACHINES[1], 'pieces') === AFTER.pieces && last(MACHINES[1], state) === running,
    );
    expect(last(MACHINES[0], 'pieces')).toBe(BEFORE.pieces);
    expect(last(MACHINES[2], 'pieces')).toBe(BEFORE.pieces);
  },
);

test.each(['modbus', 's7', 'opc-ua', 'mtconnect-adapter', 'mtconnect-agent', 'mqtt', 'http-poll'] as const)(
  'a gateway that is killed amid its questions takes no controller that speaks %s with it',
  async (protocol) => {
    const { settings, last } = await hall(protocol);
    const port = Number(settings.port ?? new URL(String(settings.url ?? settings.endpoint)).port);
    for (let times = 0; times < 20; times++) {
      const killed = connect(port, '127.0.0.1').on('error', () => undefined);
      await once(killed, 'connect');
      // Half of a question, or nothing that the protocol knows; what comes back is never read.
      killed.write(Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 4, 0, 2, 0, 0]), () =>
        killed.resetAndDestroy(),
      );
      await once(killed, 'close');
    }
    await eventually(() => last(MACHINES[0], 'pieces') === BEFORE.pieces);
  },
);

test('a gateway sees a pulse for each piece', async () => {
  const side = await FAR_SIDES.pulse(MACHINES, scratchFolder());
  onTestFinished(() => side.close());
  const gateway = recorded(await loadDriver('pulse'), side.connection.settings);
  await gateway.driver.connect();
  await gateway.driver.subscribe(MACHINES.flatMap((machine) => side.mapping(machine).tags));
  for (const machine of MACHINES) side.show(machine, BEFORE);
  await eventually(() => gateway.values(1).length > 0);
  side.show('F1-PRESS-02', { ...BEFORE, pieces: BEFORE.pieces + 25 });
  await eventually(() => gateway.values(1).filter((value) => value === true).length === 25);
  expect(gateway.values(0).filter((value) => value === true)).toEqual([]);
});

test('a gateway reads a label with a right check digit for each full carton', async () => {
  const side = await FAR_SIDES.scanner(['F1-PRESS-01'], scratchFolder());
  onTestFinished(() => side.close());
  const gateway = recorded(await loadDriver('scanner'), side.connection.settings);
  await gateway.driver.connect();
  await gateway.driver.subscribe(side.mapping('F1-PRESS-01').tags);
  for (const pieces of [0, 23, 24, 47, 49]) side.show('F1-PRESS-01', { ...BEFORE, pieces });
  await eventually(() => gateway.values(0).length === 2);
  const labels = gateway.values(0).map(String);
  expect(new Set(labels).size).toBe(2);
  for (const label of labels) {
    expect(label).toMatch(/^\]C100\d{18}$/);
    const weighed = [...label.slice(5)].map((digit, index) => Number(digit) * (index % 2 === 0 ? 3 : 1));
    expect(weighed.reduce((sum, one) => sum + one, 0) % 10).toBe(0);
  }
});
