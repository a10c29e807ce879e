import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeConfig, EdgeMachine, MachineRecord } from '@millrace/contract';
import { type LossyProxy, openLossyProxy } from '../far-side/lossy-proxy.ts';
import { type Box, openBox } from './box.ts';
import { clockOf, type EdgePlatform, ledgerOf, rowsOf } from './platform.ts';
import { openShopFloor, type ShopFloor } from './shop-floor.ts';

/** What happens to one gateway: some minutes online, then trouble, then some minutes online again. All in domain time. */
export interface DayPlan {
  /** Of the seeded plant; one that delivered nothing yet. */
  readonly gateway: number;
  /** Half of them have a counter behind Modbus, half a contact. */
  readonly machines: number;
  readonly warmUpMinutes: number;
  readonly troubleMinutes: number;
  readonly liveMinutes: number;
  readonly kills: number;
  /** `down` = no byte passes during the trouble; `lossy` = from the first to the last minute three requests in ten go wrong. */
  readonly link: 'down' | 'lossy';
  /** Of requests that the link delays; real ms. */
  readonly delayMs: number;
  readonly seed: number;
  /** Where the box keeps its data; it is filled for a tenth of the trouble. Absent = a folder, never filled. */
  readonly disk?: { readonly folder: string; fill(): void; free(): void };
  say?(line: string): void;
}

/** What became of it. */
export interface DayResult {
  /** Accepted by the platform, all machines. */
  readonly accepted: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly rejected: number;
  /** Machines whose ledger has another number of accepted records than there are minutes. */
  readonly twice: number;
  /** Records that were in the log at one of the kills. */
  readonly durable: number;
  /** Of these, not at the platform. */
  readonly missing: number;
  /** Of these, otherwise at the platform. */
  readonly altered: number;
  readonly machineDays: number;
  /** Machine-days whose count is not what the machine made. */
  readonly wrongDays: readonly string[];
  readonly pieces: number;
  readonly dropped: number;
  readonly quarantined: number;
  /** Records that waited when the link came back. */
  readonly backlog: number;
  readonly replayMs: number;
  /** From the moment a minute may be told until it is durable at the platform, while the backlog was replayed; real ms. */
  readonly liveDelayMs: number;
  readonly liveMinutesSeen: number;
  readonly linkFaults: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** [edge/src/machine] a minute is told so long after its end. */
const GRACE_MS = 2_000;
/** What was seen is on the disk: written every 20 ms, forced after 10 more; a busy box takes longer. */
const WRITTEN_MS = 300;
const LOOK_MS = 25;
/** Nothing takes so long but what never comes. */
const PATIENCE_MS = 180_000;
const FAULTY = 0.3;
export const ZONE = 'Asia/Shanghai';
const ZONE_MS = 8 * 3_600_000;

/** Everything of one run. */
interface Scene {
  readonly plan: DayPlan;
  readonly platform: EdgePlatform;
  readonly proxy: LossyProxy;
  readonly floor: ShopFloor;
  readonly box: Box;
  readonly kept: Map<string, MachineRecord>;
  /** Domain instants. */
  readonly from: number;
  now(): number;
  wallOf(domain: number): number;
  until(domain: number): Promise<void>;
}

/** The platform's clock must run at the speed that is wanted. */
export async function runDay(platform: EdgePlatform, plan: DayPlan): Promise<DayResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-day-'));
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const scene = await openScene(platform, plan, folder, ends);
    return await play(scene);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function openScene(
  platform: EdgePlatform,
  plan: DayPlan,
  folder: string,
  ends: (() => Promise<unknown>)[],
): Promise<Scene> {
  const { now: domainMs, wallNow: wallMs, speed } = await clockOf(platform);
  const pulseFile = join(folder, 'contacts');
  const counters = Math.ceil(plan.machines / 2);
  const pulses = plan.machines - counters;
  const clock = { domainMs, wallMs, speed };
  const floor = await openShopFloor({ counters, pulses, pulseFile, ...clock, zoneMs: ZONE_MS });
  ends.push(() => floor.close());
  const { delayMs, seed, link, gateway } = plan;
  const { plant } = platform;
  const targetPort = Number(new URL(platform.http).port);
  const faulty = link === 'lossy' ? FAULTY : 0;
  const proxy = await openLossyProxy({ targetPort, seed, faulty, delayMs });
  ends.push(() => proxy.close());
  const box = openBox({
    data: join(plan.disk?.folder ?? folder, 'data'),
    home: {
      server: `http://127.0.0.1:${proxy.port}`,
      gatewayId: plant.gatewayId(gateway),
      token: plant.gatewayToken(gateway),
    },
    config: configOf(plan, platform, counters, pulses, floor.modbusPort, pulseFile),
    clock: `${domainMs},${wallMs},${speed}`,
  });
  ends.push(() => box.kill());
  const now = (): number => domainMs + (Date.now() - wallMs) * speed;
  const wallOf = (domain: number): number => wallMs + (domain - domainMs) / speed;
  return {
    ...{ plan, platform, proxy, floor, box, now, wallOf, kept: new Map(), from: domainMs },
    until: (domain) => sleep(Math.max(0, wallOf(domain) - Date.now())),
  };
}

function configOf(
  { gateway }: DayPlan,
  { plant }: EdgePlatform,
  counters: number,
  pulses: number,
  port: number,
  device: string,
): EdgeConfig {
  const machine = (number: number, part: Pick<EdgeMachine, 'tags' | 'count'>): EdgeMachine => ({
    machine: plant.machineCode(gateway, number),
    timeZone: ZONE,
    state: { from: 'motion', idleAfterS: 120 },
    ...part,
  });
  return {
    v: 1,
    connections: [
      { code: 'plc', driver: 'modbus', settings: { host: '127.0.0.1', port, pollMs: 100 } },
      { code: 'contacts', driver: 'pulse', settings: { device } },
    ],
    machines: [
      ...Array.from({ length: counters }, (_, number) =>
        machine(number, {
          tags: [{ name: 'made', connection: 'plc', address: `1/holding/${number}`, type: 'uint16' }],
          count: { from: 'counter', tag: 'made', modulus: 65_536 },
        }),
      ),
      ...Array.from({ length: pulses }, (_, line) =>
        machine(counters + line, {
          tags: [{ name: 'eye', connection: 'contacts', address: String(line) }],
          count: { from: 'pulse', tag: 'eye' },
        }),
      ),
    ],
    // Quick, so that a kill costs no more of a fast clock than of a slow one.
    buffer: { fsyncMs: 10 },
  };
}

async function play(scene: Scene): Promise<DayResult> {
  const { plan, box, proxy, from } = scene;
  const say = plan.say ?? (() => undefined);
  await goOn(scene, 'rest');
  await scene.until(from + plan.warmUpMinutes * MINUTE_MS);
  const isDown = plan.link === 'down';
  if (isDown) proxy.setDown(true);
  const troubleFrom = scene.now();
  await trouble(scene, troubleFrom, say);
  await scene.until(troubleFrom + plan.troubleMinutes * MINUTE_MS);
  const { waiting: backlog } = (await box.health()).buffer;
  say(`${backlog} records wait; the link comes back`);
  proxy.setDown(false);
  const replay = await watchReplay(scene);
  say(`replayed in ${Math.round(replay.replayMs)} ms`);
  await settle(scene);
  const { dropped, quarantined } = (await box.health()).buffer;
  const books = await compare(scene);
  await box.end();
  const linkFaults = Object.values(proxy.happened).reduce((sum, times) => sum + times, 0);
  return { ...books, ...replay, backlog, dropped, quarantined, linkFaults };
}

async function goOn(scene: Scene, order: 'quiet' | 'rest'): Promise<void> {
  await scene.box.start();
  await calm(scene, order);
  scene.floor.order('work');
}

/** Everything that the contacts said so far is seen. */
async function calm({ box, floor, now }: Scene, order: 'quiet' | 'rest'): Promise<void> {
  const since = now();
  floor.order(order);
  await box.seeing(since);
}

/** Kills before and after the disk is full; nobody loses power and disk in the same hour. */
async function trouble(scene: Scene, from: number, say: (line: string) => void): Promise<void> {
  const { plan, box, kept } = scene;
  const at = (part: number): number => from + plan.troubleMinutes * MINUTE_MS * part;
  const early = Math.floor(plan.kills / 2);
  const late = plan.kills - early;
  const kill = async (part: number): Promise<void> => {
    await scene.until(at(part));
    await calm(scene, 'quiet');
    await sleep(WRITTEN_MS);
    await box.kill();
    const waiting = await box.waiting();
    for (const record of waiting) kept.set(`${record.machine} ${record.minute}`, record);
    say(`killed at ${Math.round(part * 100)} % with ${waiting.length} records in the log`);
    await goOn(scene, 'quiet');
  };
  for (let turn = 1; turn <= early; turn++) await kill((0.36 * turn) / early);
  if (plan.disk !== undefined) {
    await scene.until(at(0.4));
    plan.disk.fill();
    say('the disk is full');
    await scene.until(at(0.5));
    plan.disk.free();
    say('the disk has room again');
  }
  for (let turn = 1; turn <= late; turn++) await kill(0.55 + (0.43 * turn) / late);
}

/** Until the backlog is gone and the live minutes are over; each minute must come without waiting for what is older. */
async function watchReplay(
  scene: Scene,
): Promise<Pick<DayResult, 'replayMs' | 'liveDelayMs' | 'liveMinutesSeen'>> {
  const began = performance.now();
  const end = scene.now() + scene.plan.liveMinutes * MINUTE_MS;
  // The first whole minute after the link is there.
  let next = Math.ceil(scene.now() / MINUTE_MS) * MINUTE_MS;
  let liveDelayMs = 0;
  let liveMinutesSeen = 0;
  let replayMs: number | undefined;
  while (scene.now() < end || replayMs === undefined) {
    if (performance.now() - began > PATIENCE_MS) throw new TypeError('the backlog never ends');
    const newest = await newestMinute(scene);
    for (; next <= newest; next += MINUTE_MS) {
      liveDelayMs = Math.max(liveDelayMs, Date.now() - scene.wallOf(next + MINUTE_MS + GRACE_MS));
      liveMinutesSeen++;
    }
    const { waiting } = (await scene.box.health()).buffer;
    // What is left is the minute that was just made.
    if (waiting <= scene.plan.machines * 2) replayMs ??= performance.now() - began;
    await sleep(LOOK_MS);
  }
  return { replayMs, liveDelayMs, liveMinutesSeen };
}

/** Machines at rest, and everything that they did told. */
async function settle(scene: Scene): Promise<void> {
  const { box, now } = scene;
  await calm(scene, 'rest');
  const restedAt = now();
  const began = performance.now();
  // Minutes go on being made; only what was made before matters.
  for (;;) {
    const newest = await newestMinute(scene);
    const { oldestAt } = (await box.health()).buffer;
    if (newest > restedAt && (oldestAt === null || oldestAt > restedAt)) return;
    if (performance.now() - began > PATIENCE_MS) throw new TypeError('what waits never arrives');
    await sleep(LOOK_MS);
  }
}

async function newestMinute({ plan, platform }: Scene): Promise<number> {
  const [row] = await platform.query<{ newest: number }>(
    `SELECT coalesce(1000 * extract(epoch FROM max(minute)), 0)::float8 AS newest FROM record_batch WHERE gateway_id = '${platform.plant.gatewayId(plan.gateway)}'`,
  );
  return Number(row?.newest);
}

type Books = Omit<
  DayResult,
  'replayMs' | 'liveDelayMs' | 'liveMinutesSeen' | 'backlog' | 'dropped' | 'quarantined' | 'linkFaults'
>;

async function compare(scene: Scene): Promise<Books> {
  const { platform, kept, from, plan } = scene;
  const truth = await scene.floor.truth();
  const sum = { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 };
  const wrongDays: string[] = [];
  let [twice, missing, altered, machineDays, pieces] = [0, 0, 0, 0, 0];
  const recordsOf = Map.groupBy(kept.values(), ({ machine }) => machine);
  for (let machine = 0; machine < plan.machines; machine++) {
    const code = platform.plant.machineCode(plan.gateway, machine);
    const id = platform.plant.machineId(plan.gateway, machine);
    // The ledger on both sides: equal, or minutes came in between and it is asked again.
    const rows = await rowsOf(platform, id, from - DAY_MS, from + DAY_MS);
    const later = await rowsOf(platform, id, from + DAY_MS, from + 2 * DAY_MS);
    const all = [...rows, ...later];
    const last = all.at(-1)?.minute ?? from;
    const ledger = await ledgerOf(platform, id);
    const since = await rowsOf(platform, id, last + 1, last + DAY_MS);
    if (ledger.accepted < all.length || ledger.accepted > all.length + since.length) twice++;
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += ledger[key];
    const there = new Map(all.map((row) => [row.minute, row]));
    for (const record of recordsOf.get(code) ?? []) {
      const row = there.get(record.minute);
      if (row === undefined) missing++;
      else if (row.count !== record.count || row.runningS !== record.runningS) altered++;
    }
    for (const [day, made] of Object.entries(truth[machine] ?? {})) {
      const counts = all.filter(({ minute }) => Math.floor((minute + ZONE_MS) / DAY_MS) === Number(day));
      machineDays++;
      pieces += made;
      const told = counts.at(-1)?.count ?? 0;
      if (told !== made) wrongDays.push(`${code} day ${day}: made ${made}, told ${told}`);
    }
  }
  return { ...sum, twice, durable: kept.size, missing, altered, machineDays, wrongDays, pieces };
}
