import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineState, RawRecord, TagHealth } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Protocol } from '../../sim/src/far-side/index.ts';
import { type Halls, openHalls } from './halls.ts';

/** Another world every time; a failure names it. */
const SEED = process.env.TEST_SEED ?? String(Date.now());
const MADE_AT_LEAST = 60;
/** Controllers show their machines 72 s of the domain late, gateways ask some 15 s later, and a minute is told when it is over. */
const SHOWN_MS = 180_000;
const LOOK_MS = 100;
/** Only what never comes takes so long. */
const PATIENCE_MS = 40_000;
/**
 * One change of a machine is seen at most this much earlier or later than another: 12 s until the controller is brought up to
 * date, 15 s until it is asked, both by a clock that is 60 times as fast, and half a real second in which a core is busy.
 */
const SEEN_WITHIN_S = 60;
/** Pulses tell no state: a machine runs until so long after its last piece. [sim/src/far-side/pulse.ts] */
const MOTION_S = 180;

let halls: Halls;
beforeAll(async () => {
  halls = await openHalls(SEED);
}, 120_000);
afterAll(() => halls?.close());

/** In the order of a day: each test goes on where the one before has left the machines. */
describe(`seed ${SEED}`, () => {
  test('what machines of every protocol make and do is what the platform has', async () => {
    halls.work(all());
    await until(() => all().every((machine) => halls.made(machine) > MADE_AT_LEAST));
    halls.work([]);
    await until(() => all().every((machine) => newest(machine)?.state !== 'running'));
    await eventuallyTrue();
    for (const [protocol, machines] of halls.machines)
      for (const machine of machines) expectStates(protocol, machine, (await halls.stored(machine)).rows);
  }, 120_000);

  test('controllers without power cost counters nothing, and pulses what nobody could see', async () => {
    const contacts = halls.machines.get('pulse') ?? [];
    const atFirst = new Map(contacts.map((machine) => [machine, halls.made(machine)]));
    await Promise.all(controllers().map(([site, protocol]) => site.switchOff(protocol)));
    halls.work(all());
    await until(() =>
      contacts.every((machine) => halls.made(machine) > (atFirst.get(machine) ?? 0) + MADE_AT_LEAST),
    );
    // Their last piece falls before the power comes back, so that it is known which were not seen.
    halls.work(all().filter((machine) => !contacts.includes(machine)));
    await until(() => contacts.every((machine) => newest(machine)?.state !== 'running'));
    await shown();
    for (const machine of contacts) unseen.set(machine, halls.made(machine) - (atFirst.get(machine) ?? 0));
    await Promise.all(controllers().map(([site, protocol]) => site.switchOn(protocol)));
    halls.work([]);
    await eventuallyTrue();
  }, 120_000);

  test('agents that are killed come back by themselves and have forgotten no piece', async () => {
    const agents = [...halls.factories.values()].map(({ agent }) => agent);
    const killed = agents.map(({ pid }) => pid);
    // A pulse that falls while its agent is dead is gone, in a factory too; these machines stand meanwhile.
    halls.work(all().filter((machine) => !halls.machines.get('pulse')?.includes(machine)));
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await until(() => agents.every(({ pid }, index) => pid !== killed[index]));
    for (const { statusUrl } of agents) await until(() => isReading(statusUrl));
    const before = new Map(all().map((machine) => [machine, halls.made(machine)]));
    halls.work(all());
    await until(() => all().every((machine) => halls.made(machine) > (before.get(machine) ?? 0)));
    halls.work([]);
    await eventuallyTrue();
  }, 120_000);

  test('no record is there twice, none was refused, and the days add up to what was made', async () => {
    for (const machine of all()) {
      const { rows } = await halls.stored(machine);
      expect(new Set(rows.map(({ minute }) => minute)).size, machine).toBe(rows.length);
      expect(await halls.ledger(machine), machine).toMatchObject({ conflict: 0, rejected: 0 });
      expect(await halls.counted(machine), machine).toBe(halls.madeBefore(machine) + seen(machine));
    }
  });
});

/** Pieces of a machine that fell while nobody could see them. */
const unseen = new Map<string, number>();
const all = (): readonly string[] => [...halls.machines.values()].flat();
const newest = (machine: string) => halls.truth(machine).at(-1);
const seen = (machine: string): number => halls.made(machine) - (unseen.get(machine) ?? 0);

/** Every protocol at its factory. */
const controllers = () =>
  [...halls.factories.values()].flatMap(({ controllers: site }) =>
    site.protocols.map((protocol) => [site, protocol] as const),
  );

/** Everything that was played so far stands at the controllers. */
async function shown(): Promise<void> {
  const at = halls.now() + SHOWN_MS;
  await until(() => halls.now() > at);
}

/** Every machine's records say what it made; what comes after does not change that. */
async function eventuallyTrue(): Promise<void> {
  const open = new Set(all());
  const wrong = async (): Promise<string[]> => {
    const lines: string[] = [];
    for (const machine of open) {
      const { pieces } = await halls.stored(machine);
      if (pieces === seen(machine)) open.delete(machine);
      else lines.push(`${machine}: ${pieces} of ${seen(machine)}`);
    }
    return lines;
  };
  const deadline = Date.now() + PATIENCE_MS;
  let lines = await wrong();
  while (lines.length > 0 && Date.now() < deadline) {
    await sleep(LOOK_MS);
    lines = await wrong();
  }
  expect(lines).toEqual([]);
  await shown();
  for (const machine of all()) expect((await halls.stored(machine)).pieces, machine).toBe(seen(machine));
}

/** Minutes and seconds in each state, up to what sampling may shift. */
function expectStates(protocol: Protocol, machine: string, rows: readonly RawRecord[]): void {
  const truth = halls.truth(machine).map(({ runningS, state }) => ({ runningS, state: state ?? 'unknown' }));
  const changes = truth.filter(
    ({ runningS }, index) => runningS !== (truth[index - 1]?.runningS ?? 0),
  ).length;
  const within = (changes + 1) * SEEN_WITHIN_S + (protocol === 'pulse' ? MOTION_S : 0);
  const runningS = (of: readonly { readonly runningS: number }[]): number =>
    of.reduce((sum, one) => sum + one.runningS, 0);
  expect(Math.abs(runningS(rows) - runningS(truth)), `${machine} ran`).toBeLessThanOrEqual(within);
  if (protocol === 'pulse') return;
  const minutes = (of: readonly { readonly state: MachineState | null }[], state: MachineState): number =>
    of.filter((one) => one.state === state).length;
  for (const state of ['setup', 'running', 'down'] as const) {
    const apart = Math.abs(minutes(rows, state) - minutes(truth, state));
    expect(apart, `${machine} ${state}`).toBeLessThanOrEqual(changes);
  }
}

/** A scanner has nothing to tell until the next carton. */
async function isReading(statusUrl: string): Promise<boolean> {
  // Until its page is open there is nobody to ask.
  const answer = await fetch(`${statusUrl}status.json`).catch(() => undefined);
  const { tags = [] } = ((await answer?.json()) ?? {}) as { readonly tags?: readonly TagHealth[] };
  return tags.length > 0 && tags.every(({ tag, quality }) => quality === 'good' || tag === 'carton');
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new TypeError('it never came');
    await sleep(LOOK_MS);
  }
}
