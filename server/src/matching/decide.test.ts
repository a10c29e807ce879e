import { afterAll, describe, expect, test } from 'vitest';
import {
  line,
  machineOf,
  NOW,
  offer,
  override,
  planOf,
  SITES,
  world,
} from '../../../test/setup/planning-world.ts';
import { type DecideOptions, type Decision, decide, outcomes } from './decide.ts';
import { createEngineThread } from './engine-thread.ts';
import { runEngine, unpackSnapshot } from './engine-work.ts';
import type { StoredAllocation } from './matching.ts';
import { linesLeft } from './snapshot-input.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;
const engine = createEngineThread();
afterAll(() => engine.stop());

const plan = (of: World, options?: DecideOptions): Promise<Decision> => planOf(engine, of, options);
const sitesOf = ({ result }: Decision): number[] =>
  result.plan.allocations.map(({ siteId }) => SITES.indexOf(siteId));

describe('a run', () => {
  test('places a fresh line on the cheapest capable site, and only that line', async () => {
    const [old, fresh] = [line(1, { allocatedQuantity: 1_000 }), line(2)];
    const decision = await plan(world({ lines: [old, fresh], allocations: [offer(old, 0)] }));
    expect(decision.snapshot.lines.map((one) => one.id)).toEqual([fresh.id]);
    expect(sitesOf(decision)).toEqual([0]);
    expect(decision.taken.size).toBe(0);
  });

  test('aims half a day ahead of the requested date', async () => {
    const decision = await plan(world({ lines: [line(1)] }));
    const { arriveMs } = decision.result.plan.allocations[0] ?? { arriveMs: 0 };
    expect(NOW + 96 * HOUR - arriveMs).toBeGreaterThanOrEqual(12 * HOUR);
  });

  test('takes a flood of lines in portions, the most urgent first, and tries the hopeless ones along', async () => {
    const flood = Array.from({ length: 1_050 }, (_, n) =>
      line(n, { quantity: 1, priority: n < 1_000 ? 3 : 1 }),
    );
    const hopeless = Array.from({ length: 20 }, (_, n) =>
      line(2_000 + n, { quantity: 1, unplaceable: true }),
    );
    const of = world({ lines: [...flood, ...hopeless] });
    const { snapshot } = await plan(of);
    expect(snapshot.lines).toHaveLength(1_020);
    expect(snapshot.lines.filter(({ priority }) => priority === 1)).toHaveLength(50);
    expect(linesLeft(of, snapshot)).toBe(50);
    const rest = await plan(world({ lines: hopeless }));
    expect(linesLeft(world({ lines: hopeless }), rest.snapshot)).toBe(0);
  });

  test('has nothing to do when every piece has its place', async () => {
    const old = line(1, { allocatedQuantity: 1_000 });
    const found = await decide(engine, world({ lines: [old], allocations: [offer(old, 0)] }), {
      trigger: 'capacity-changed',
    });
    expect(found).toBeUndefined();
  });

  test('moves an offer off a machine that broke down, and leaves an accepted one where it is', async () => {
    const [first, second] = [line(1, { allocatedQuantity: 1_000 }), line(2, { allocatedQuantity: 1_000 })];
    const offered = offer(first, 0);
    const accepted = offer(second, 1, { state: 'accepted' });
    const down = [{ startMs: NOW, endMs: NOW + 200 * HOUR, kind: 'breakdown' as const }];
    const blocked = new Map([
      [machineOf(0, 0), down],
      [machineOf(1, 0), down],
    ]);
    const of = world({ lines: [first, second], allocations: [offered, accepted], blocked });
    const decision = await plan(of, { trigger: 'breakdown' });
    expect([...decision.taken]).toEqual([[offered.id, 'breakdown']]);
    const [outcome] = outcomes(of, decision);
    // The other machine of the same site is free: the same offer at another machine, not another factory.
    expect(outcome?.gone).toEqual([]);
    expect(outcome?.moved.map(({ to }) => to.siteId)).toEqual([SITES[0]]);
  });

  test('does not ask a site again that said no, unless the operator put the line there', async () => {
    const fresh = line(1);
    const refusedSites = new Map([[fresh.id, [SITES[0] ?? '', SITES[1] ?? '']]]);
    expect(sitesOf(await plan(world({ lines: [fresh], refusedSites })))).toEqual([2]);
    const overrides = new Map([[fresh.id, [override(fresh, { siteId: SITES[1] ?? '' })]]]);
    expect(sitesOf(await plan(world({ lines: [fresh], refusedSites, overrides })))).toEqual([1]);
  });

  test('does not give work back to where it was taken from, as long as somebody else can make it', async () => {
    const fresh = line(1);
    const site = (...numbers: number[]) => new Map([[fresh.id, numbers.map((no) => SITES[no] ?? '')]]);
    expect(sitesOf(await plan(world({ lines: [fresh], recalledSites: site(0) })))).toEqual([1]);
    const refusedSites = site(1, 2);
    expect(sitesOf(await plan(world({ lines: [fresh], recalledSites: site(0), refusedSites })))).toEqual([0]);
    expect(sitesOf(await plan(world({ lines: [fresh], recalledSites: site(0, 1, 2) })))).toEqual([0]);
  });

  test('makes the rest of a line although it is smaller than any minimum lot', async () => {
    const rest = line(1, { allocatedQuantity: 995 });
    const offers = { 0: { minimumLot: 500 }, 1: { minimumLot: 500 }, 2: { minimumLot: 500 } };
    const decision = await plan(world({ lines: [rest], offers }));
    expect(decision.result.plan.allocations.map(({ quantity }) => quantity)).toEqual([5]);
    const fresh = line(2, { quantity: 5 });
    const refused = await plan(world({ lines: [fresh], offers }));
    expect(refused.result.plan.unplaced).toEqual([
      { lineId: fresh.id, quantity: 5, reasons: ['below-minimum-lot'] },
    ]);
  });

  test('moves unanswered offers to save an urgent line, never accepted ones', async () => {
    // All machines of all sites hold one long, unhurried offer from now on; the urgent line has 14 hours.
    const slow = SITES.flatMap((_, site) =>
      [0, 1].map((no) =>
        line(10 + site * 2 + no, { requestedAt: NOW + 1_000 * HOUR, allocatedQuantity: 1_000 }),
      ),
    );
    const held = slow.map((of, n) => {
      const site = Math.floor(n / 2);
      const made = offer(of, site, { startAt: NOW + HOUR });
      return { ...made, subLots: made.subLots.map((lot) => ({ ...lot, machineId: machineOf(site, n % 2) })) };
    });
    const urgent = line(1, { quantity: 400, requestedAt: NOW + 14 * HOUR, priority: 0, splitAllowed: false });
    const moved = await plan(world({ lines: [...slow, urgent], allocations: held }));
    expect(moved.result.plan.summary.lateLines).toBe(0);
    expect([...new Set(moved.taken.values())]).toEqual(['better-plan']);
    const accepted = held.map((one): StoredAllocation => ({ ...one, state: 'accepted' }));
    const stuck = await plan(world({ lines: [...slow, urgent], allocations: accepted }));
    expect(stuck.taken.size).toBe(0);
    expect(stuck.result.plan.summary.lateLines).toBe(1);
  });

  test('honours a decision of the operator: the contradicting offer goes, the others stay', async () => {
    const [mine, other] = [line(1, { allocatedQuantity: 1_000 }), line(2, { allocatedQuantity: 1_000 })];
    const overrides = new Map([[mine.id, [override(mine, { siteId: SITES[2] ?? '' })]]]);
    const allocations = [offer(mine, 0), offer(other, 1)];
    const of = world({ lines: [mine, other], allocations, overrides });
    const decision = await plan(of, { trigger: 'override', decidedLines: [mine.id] });
    expect(sitesOf(decision)).toEqual([2]);
    expect(decision.result.plan.allocations[0]).toMatchObject({ lock: 'site', origin: 'operator' });
    expect([...decision.taken]).toEqual([[allocations[0]?.id, 'override']]);
    expect(outcomes(of, decision)[0]?.gone.map(({ siteId }) => siteId)).toEqual([SITES[0]]);
  });

  test('puts exactly the decided quantity on a site and the rest elsewhere', async () => {
    const fresh = line(1);
    const overrides = new Map([
      [fresh.id, [override(fresh, { lock: 'quantity', siteId: SITES[2] ?? '', quantity: 300 })]],
    ]);
    const { result } = await plan(world({ lines: [fresh], overrides }), {
      trigger: 'override',
      decidedLines: [fresh.id],
    });
    const pieces = new Map<number, number>();
    for (const { siteId, quantity, lock } of result.plan.allocations) {
      if (lock === 'quantity') expect(siteId).toBe(SITES[2]);
      const site = SITES.indexOf(siteId);
      pieces.set(site, (pieces.get(site) ?? 0) + quantity);
    }
    expect(pieces.get(2)).toBe(300);
    expect([...pieces.values()].reduce((sum, n) => sum + n, 0)).toBe(1_000);
  });

  test('counts what a site has finished towards the quantity that was decided for it', async () => {
    const rest = line(1, { allocatedQuantity: 300 });
    const decided = { lock: 'quantity' as const, siteId: SITES[2] ?? '', quantity: 300 };
    const overrides = new Map([[rest.id, [override(rest, decided)]]]);
    const produced = [offer(rest, 2, { quantity: 300, state: 'produced' })];
    expect(sitesOf(await plan(world({ lines: [rest], produced, overrides })))).toEqual([0]);
  });

  test('does not move a locked offer for a better plan', async () => {
    const [locked, urgent] = [
      line(1, { allocatedQuantity: 1_000, requestedAt: NOW + 1_000 * HOUR }),
      line(2, { requestedAt: NOW + 20 * HOUR, priority: 0 }),
    ];
    const overrides = new Map([[locked.id, [override(locked, { siteId: SITES[0] ?? '' })]]]);
    const of = world({ lines: [locked, urgent], allocations: [offer(locked, 0)], overrides });
    const decision = await plan(of, { trigger: 'manual' });
    expect(decision.taken.size).toBe(0);
  });

  test('decides the same again from its stored snapshot, byte for byte', async () => {
    const lines = Array.from({ length: 40 }, (_, n) =>
      line(n, { quantity: 100 + ((n * 37) % 900), requestedAt: NOW + (20 + ((n * 13) % 90)) * HOUR }),
    );
    const { snapshot, result } = await plan(world({ lines }));
    const unpacked = unpackSnapshot(result.packedSnapshot);
    expect(unpacked.hash).toBe(result.snapshotHash);
    const again = runEngine({ snapshot: unpacked.snapshot, explain: true, verify: false });
    expect(JSON.stringify(again.plan)).toBe(JSON.stringify(result.plan));
    expect(again.planHash).toBe(result.planHash);
    const silent = runEngine({ snapshot, explain: false, verify: false });
    expect(silent.planHash).toBe(result.planHash);
  });
});
