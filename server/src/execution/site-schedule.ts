import type {
  CurrentSchedule,
  OrderOfWork,
  SchedulePin,
  SchedulePreview,
  SiteSchedule,
} from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { Bug, isRefusal, notFound, type Refusal, refuse } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import type { Shop } from './execution.ts';
import type { Floor, Placed } from './floor.ts';
import { orderOfWork } from './order-of-work.ts';
import { readFloor } from './read-floor.ts';
import { basisOf, workOf } from './schedule-basis.ts';
import { refusePins } from './schedule-pins.ts';
import { impossible, lateReasons, viewFloor } from './schedule-view.ts';
import type { ScheduleWatch } from './schedule-watch.ts';
import { pointHours, toShop } from './shop-input.ts';
import type { ShopThread } from './shop-thread.ts';
import type { ShopAnswer } from './shop-work.ts';
import { putProposal } from './store-schedule.ts';
import { orderOfToday } from './today-order.ts';

/** Enough for a shop of some hundred operations to settle, … */
const ROUNDS_PER_OPERATION = 400;
/** … and no more than a person waits for in a large one. */
const ROUNDS_MAX = 400_000;

export interface ScheduleSources {
  readonly shop: Shop;
  readonly thread: ShopThread;
  readonly watch: ScheduleWatch;
}

/** Only the factory itself and the network's operator; others do not learn that the site exists. */
export async function siteFor(
  { registry }: Shop,
  actor: Actor,
  siteId: string,
): Promise<{ directory: Directory; organisationId: string } | Refusal> {
  const directory = await registry.directory(actor.networkId);
  const site = directory.site(siteId);
  const isTheirs = actor.organisationKind === 'operator' || site?.organisationId === actor.organisationId;
  return site && isTheirs ? { directory, organisationId: site.organisationId } : notFound('site');
}

export async function floorOf(shop: Shop, actor: Actor, siteId: string): Promise<Floor | Refusal> {
  const site = await siteFor(shop, actor, siteId);
  if (isRefusal(site)) return site;
  const { networkId } = actor;
  const { directory, organisationId } = site;
  const floor = await shop.kernel.db.transaction({ kind: 'organisation', networkId, organisationId }, (tx) =>
    readFloor(shop, tx, directory, { siteId }),
  );
  return floor ?? notFound('site');
}

/** What is worked on now, and when it will be done in the order that people know. */
export async function siteSchedule(
  { shop }: ScheduleSources,
  actor: Actor,
  siteId: string,
): Promise<SiteSchedule | Refusal> {
  const floor = await floorOf(shop, actor, siteId);
  if (isRefusal(floor)) return floor;
  const today = orderOfWork(floor, orderOfToday(floor));
  return viewFloor(floor, today, today.figures.finish);
}

export async function currentSchedule(
  { shop, watch }: ScheduleSources,
  actor: Actor,
  siteId: string,
): Promise<CurrentSchedule | Refusal> {
  const site = await siteFor(shop, actor, siteId);
  if (isRefusal(site)) return site;
  return { running: (await watch.current(actor.networkId, siteId)) ?? null };
}

export async function stopSchedule(
  sources: ScheduleSources,
  actor: Actor,
  siteId: string,
  keep: boolean,
): Promise<CurrentSchedule | Refusal> {
  const site = await siteFor(sources.shop, actor, siteId);
  if (isRefusal(site)) return site;
  const refusal = await sources.watch.stop(actor.networkId, siteId, keep);
  return refusal ?? currentSchedule(sources, actor, siteId);
}

/** A better order of work, beside the one of today; nothing moves until somebody applies it. */
export async function previewSchedule(
  sources: ScheduleSources,
  actor: Actor,
  siteId: string,
  pins: readonly SchedulePin[],
): Promise<SchedulePreview | Refusal> {
  const { shop, thread, watch } = sources;
  const floor = await floorOf(shop, actor, siteId);
  if (isRefusal(floor)) return floor;
  if (floor.operations.length === 0) {
    return refuse('nothing-to-schedule', 409, 'The site has no open work to arrange.');
  }
  const today = orderOfToday(floor);
  const contradiction = refusePins(floor, today, pins);
  if (contradiction) return contradiction;
  const rounds = Math.min(ROUNDS_MAX, ROUNDS_PER_OPERATION * floor.operations.length);
  const answer = await watch.run(floor, rounds, (control) =>
    thread.run({ shop: toShop(floor, today, pins), rounds }, control),
  );
  if (isRefusal(answer)) return answer;
  const { result } = answer;
  if (result.kind === 'refusal') return impossible(floor, result.problems);
  checkVerified(shop, floor, answer);
  const placed = result.operations.map(
    ({ operationId, machineId, setUpStartMs, startMs, endMs }): Placed => ({
      operationId,
      machineId,
      from: setUpStartMs,
      runFrom: startMs,
      to: endMs,
    }),
  );
  const before = orderOfWork(floor, today);
  const after = orderOfWork(floor, placed);
  await keep(shop, actor, floor, { answer, placed, pins, before, after });
  return {
    ...viewFloor(floor, before, Math.max(before.figures.finish ?? 0, after.figures.finish ?? 0)),
    snapshotHash: answer.snapshotHash,
    fenceAt: floor.fenceMs,
    proposed: after,
    late: lateReasons(floor, result, after, pins),
    pins: [...pins],
    lowerBound: pointHours(floor, result.lowerBound),
    rounds: result.rounds,
    stopped: result.stopped,
    engineMs: answer.engineMs,
  };
}

interface Found {
  readonly answer: ShopAnswer;
  readonly placed: readonly Placed[];
  readonly pins: readonly SchedulePin[];
  readonly before: OrderOfWork;
  readonly after: OrderOfWork;
}

/** For as long as it can be applied, by any process. */
async function keep(
  shop: Shop,
  actor: Actor,
  floor: Floor,
  { answer, placed, pins, before, after }: Found,
): Promise<void> {
  const { networkId, siteId, factoryOrganisationId, nowMs, fenceMs } = floor;
  await shop.kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
    putProposal(tx, networkId, {
      siteId,
      factoryOrganisationId,
      madeBy: actor.label,
      snapshot: answer.packedSnapshot,
      proposal: {
        snapshotHash: answer.snapshotHash,
        nowMs,
        fenceMs,
        basis: basisOf(floor, fenceMs),
        placed,
        pins,
        figures: { before: before.figures, after: after.figures },
        work: workOf(floor),
      },
    }),
  );
}

/** An order of work that breaks a rule is a bug of ours, whatever it promises. */
function checkVerified({ kernel }: Shop, floor: Floor, { snapshotHash, violations }: ShopAnswer): void {
  const [first] = violations;
  if (!first) return;
  kernel.log.error(
    { siteId: floor.siteId, snapshotHash, violations: violations.slice(0, 20) },
    'the engine made an impossible order of work',
  );
  throw new Bug(`order of work violates ${first.code}: ${first.detail}`);
}
