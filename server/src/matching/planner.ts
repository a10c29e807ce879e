import { setTimeout as sleep } from 'node:timers/promises';
import type { MatchRun, MatchTrigger } from '@millrace/contract';
import {
  Bug,
  Fault,
  ImpossibleTask,
  isRefusal,
  type Kernel,
  type Refusal,
  refuse,
  type Tx,
} from '../kernel/index.ts';
import { type CommitSources, commitRun, newsOf } from './commit-run.ts';
import { CONTRADICTION, contradiction } from './contradiction.ts';
import { type Decision, decide } from './decide.ts';
import type { EngineThread } from './engine-thread.ts';
import { createRunWatch, DISCARDED, RUN_DISCARDED, type RunWatch, type WatchedRun } from './run-watch.ts';
import { linesLeft, toBasis } from './snapshot-input.ts';
import {
  addRequest,
  confirmLease,
  deleteRequests,
  dropLease,
  listRequests,
  listWaitingNetworks,
  type MatchRequest,
  takeLease,
} from './store-request.ts';
import { readWorld, type World, type WorldSources } from './world.ts';

/** Longer than the engine's own limit and the commit together; a process that died is replaced after this (wall). */
const LEASE_MS = 180_000;
/** Each time with a fresh look; a network that moves faster than this is planned at the next turn. */
const ATTEMPTS_MAX = 4;
/** Requests are gathered until nothing new has come for this long (wall) … */
const QUIET_MS = 300;
/** … but the first never waits longer than this. */
const WAIT_MAX_MS = 2_000;
const TURN_MS = 250;
/** A person waits up to five seconds (wall) for a run of another process. */
const PATIENCE_MS = 100;
const PATIENCE_TURNS = 50;
/** A network whose run failed is tried again after this, doubled up to the maximum. */
const BACK_OFF_MS = 1_000;
const BACK_OFF_MAX_MS = 60_000;

export interface RunWish {
  /** What a person or the night asked for; undefined = what the waiting requests say. */
  readonly trigger?: MatchTrigger;
  /** Lines that the operator has just decided about. */
  readonly decidedLines?: readonly string[];
  /** Waits a moment for another process that is planning the network; true when missing. */
  readonly isPatient?: boolean;
}

export interface Planner {
  /** Plans the network now, after a run that is under way; undefined when nothing had to be planned. */
  plan(networkId: string, wish?: RunWish): Promise<MatchRun | undefined | Refusal>;
  /** Writes down, in the caller's transaction, that the network has to be planned. */
  request(tx: Tx, networkId: string, trigger: MatchTrigger, lineId?: string): Promise<void>;
  /** The runs under way. */
  readonly watch: RunWatch;
  /** No further turns; waits for what is under way, but not longer than this (wall). */
  close(waitMs: number): Promise<void>;
}

/** What a run is called when several things led to it: the first of these. */
const LOUDEST: readonly MatchTrigger[] = [
  'override',
  'breakdown',
  'delay',
  'allocation-declined',
  'allocation-expired',
  'order-submitted',
  'order-cancelled',
  'manual',
  'capacity-changed',
  'nightly',
];

export type PlannerSources = CommitSources & WorldSources & { readonly engine: EngineThread };

export function createPlanner(sources: PlannerSources): Planner {
  const { kernel } = sources;
  const turns = new Map<string, Promise<unknown>>();
  const backOff = new Map<string, { readonly until: number; readonly waitMs: number }>();
  const watch = createRunWatch(kernel);
  const session = createSession(sources, watch);
  let closed = false;

  /** One run at a time in this process; the lease does the same between processes. */
  const plan: Planner['plan'] = (networkId, wish = {}) => {
    const before = turns.get(networkId) ?? Promise.resolve();
    const turn = before.then(
      () => session.run(networkId, wish),
      () => session.run(networkId, wish),
    );
    turns.set(networkId, turn);
    // Whoever waits for the run sees its failure; the chain only needs to know that it is over.
    const over = (): void => {
      if (turns.get(networkId) === turn) turns.delete(networkId);
    };
    turn.then(over, over);
    return turn;
  };

  kernel.ticker.every('matching-runs', TURN_MS, async () => {
    if (closed) return;
    const wallNow = kernel.clock.wallNow();
    const waiting = await kernel.db.transaction({ kind: 'platform' }, listWaitingNetworks);
    for (const { networkId, oldest, newest } of waiting) {
      const ripe = wallNow - newest >= QUIET_MS || wallNow - oldest >= WAIT_MAX_MS;
      const pause = backOff.get(networkId);
      if (closed || !ripe || (pause && pause.until > wallNow)) continue;
      try {
        const done = await plan(networkId, { isPatient: false });
        if (isRefusal(done) && done.code === CONTRADICTION) throw new Fault(done.detail);
        backOff.delete(networkId);
      } catch (error) {
        // A run that the end of the process cut short is made by the next one.
        if (closed) return;
        const waitMs = Math.min(BACK_OFF_MAX_MS, (pause?.waitMs ?? BACK_OFF_MS / 2) * 2);
        backOff.set(networkId, { until: kernel.clock.wallNow() + waitMs, waitMs });
        kernel.log.error({ err: error, networkId, retryInMs: waitMs }, 'match run failed');
      }
    }
  });

  return {
    plan,
    watch,
    request: (tx, networkId, trigger, lineId) =>
      addRequest(tx, networkId, trigger, lineId ?? null, kernel.clock.wallNow()),
    close: async (waitMs) => {
      closed = true;
      const over = Promise.allSettled(turns.values());
      await Promise.race([over, sleep(waitMs, undefined, { ref: false })]);
    },
  };
}

/** The run itself: lease, look, engine, commit; again when the world moved meanwhile. */
function createSession(
  sources: PlannerSources,
  watch: RunWatch,
): {
  run(networkId: string, wish: RunWish): Promise<MatchRun | undefined | Refusal>;
} {
  const { kernel, engine } = sources;
  const holder = kernel.ids();
  const runs = kernel.metrics.counter('match_runs_total', 'Match runs by trigger and outcome', [
    'trigger',
    'outcome',
  ]);
  const violated = kernel.metrics.counter(
    'match_violations_total',
    'Violations that the independent verifier found in plans; none of these plans was used',
    ['code'],
  );
  let turn = 0;
  const checkVerified = ({ result }: Decision): void => {
    for (const { code } of result.violations ?? []) violated.inc({ code });
    const [first] = result.violations ?? [];
    if (!first) return;
    const { snapshotHash, violations } = result;
    kernel.log.error(
      { snapshotHash, violations: violations?.slice(0, 20) },
      'the engine made an impossible plan',
    );
    throw new Bug(`plan violates ${first.code} for line ${first.lineId}: ${first.detail}`);
  };

  const attempt = async (networkId: string, wish: RunWish): Promise<MatchRun | undefined | Refusal> => {
    const scope = { kind: 'network', networkId } as const;
    const [world, requests] = await kernel.db.transaction(scope, async (tx) => {
      // Requests first: what is asked while the rest is read stays for the next run.
      const waiting = await listRequests(tx, networkId);
      return [await readWorld(tx, sources, networkId, kernel.clock.now()), waiting] as const;
    });
    const trigger = wish.trigger ?? loudest(requests);
    if (!trigger) return undefined;
    const decidedLines = [...(wish.decidedLines ?? []), ...decidedBy(requests)];
    const requestIds = requests.map(({ id }) => id);
    const decision = await watched(watch.begin(networkId, holder, trigger), async (control) => {
      const options = { trigger, decidedLines, turn: turn++, control };
      return (
        (await decide(engine, world, options)) ??
        (wish.trigger ? await emptyDecision(sources, world) : undefined)
      );
    });
    if (decision === DISCARDED) {
      // What asked for it has been looked at; the next change, the night or a person asks again.
      await kernel.db.transaction(scope, (tx) => deleteRequests(tx, networkId, requestIds));
      return RUN_DISCARDED;
    }
    // Nobody has to hear that what had no place still has none.
    const isSilent = !decision || (!wish.trigger && newsOf(world, decision).length === 0);
    if (decision) checkVerified(decision);
    if (!decision || isSilent) {
      await kernel.db.transaction(scope, (tx) => deleteRequests(tx, networkId, requestIds));
      return undefined;
    }
    const done = await kernel.db.transaction(scope, async (tx) => {
      if (!(await confirmLease(tx, networkId, holder, kernel.clock.wallNow()))) return BUSY;
      const run = await commitRun(tx, sources, world, decision, { trigger, requestIds });
      // More lines than one transaction takes: the rest follows at once.
      if (!isRefusal(run) && linesLeft(world, decision.snapshot) > 0) {
        await addRequest(tx, networkId, 'order-submitted', null, kernel.clock.wallNow());
      }
      return run;
    });
    runs.inc({ trigger, outcome: isRefusal(done) ? done.code : 'committed' });
    return done;
  };

  return {
    run: async (networkId, wish) => {
      if (!(await leased(kernel, networkId, holder, wish.isPatient !== false))) return BUSY;
      try {
        let last: MatchRun | undefined | Refusal = BUSY;
        for (let tried = 0; tried < ATTEMPTS_MAX; tried++) {
          last = await attempt(networkId, wish);
          if (!isRefusal(last) || last === RUN_DISCARDED) return last;
        }
        return last;
      } catch (error) {
        if (error instanceof ImpossibleTask) return contradiction(error);
        throw error;
      } finally {
        await kernel.db.transaction({ kind: 'network', networkId }, (tx) => dropLease(tx, networkId, holder));
      }
    },
  };
}

/** False when another process is planning the network, after a moment's patience where that is wanted. */
async function leased(
  kernel: Kernel,
  networkId: string,
  holder: string,
  isPatient: boolean,
): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const now = kernel.clock.wallNow();
    const mine = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
      takeLease(tx, networkId, holder, now, now + LEASE_MS),
    );
    if (mine || !isPatient || waited === PATIENCE_TURNS) return mine;
    await sleep(PATIENCE_MS);
  }
}

async function watched<T>(
  run: WatchedRun,
  work: (control: WatchedRun['control']) => Promise<T>,
): Promise<T | typeof DISCARDED> {
  try {
    return await run.orDiscarded(work(run.control));
  } finally {
    run.end();
  }
}

const BUSY = refuse('match-run-busy', 409, 'The network is being planned right now; try again in a moment.');

function loudest(requests: readonly MatchRequest[]): MatchTrigger | undefined {
  const asked = new Set(requests.map(({ trigger }) => trigger));
  return LOUDEST.find((trigger) => asked.has(trigger));
}

function decidedBy(requests: readonly MatchRequest[]): string[] {
  return requests.flatMap(({ trigger, lineId }) => (trigger === 'override' && lineId ? [lineId] : []));
}

/** Asked for by a person, and there is nothing to place: the run says so. */
async function emptyDecision({ engine }: PlannerSources, world: World): Promise<Decision> {
  const snapshot = toBasis(world);
  const result = await engine.run({ snapshot, explain: false, verify: true });
  return { snapshot, result, taken: new Map() };
}
