import type { ScheduleProgress } from '@millrace/contract';
import type { ShopProgress } from '@millrace/engine';
import { type Kernel, type Refusal, refuse, type WorkControl } from '../kernel/index.ts';
import type { Floor } from './floor.ts';
import { pointHours } from './shop-input.ts';
import { beginRun, endRun, findRun, type StopWish, tellRun, wishStop } from './store-schedule.ts';

/** Told to other processes, and their wishes read, this often (wall). */
const TELL_MS = 300;
/** A process that has told nothing for this long has died, and with it its computation (wall). */
const SILENT_MS = 10_000;

export const DISCARDED = refuse(
  'schedule-discarded',
  409,
  'The computation was stopped by a person; nothing has changed.',
);
const BUSY = refuse('schedule-busy', 409, 'The order of work of this site is being computed right now.');
const NOTHING_RUNS = refuse('no-schedule-run', 409, 'No order of work is being computed for this site.');

/** Computations of orders of work as people follow and end them, whichever process does them. */
export interface ScheduleWatch {
  /** One at a time for a site; refused while another is under way. */
  run<T>(
    floor: Floor,
    rounds: number,
    work: (control: WorkControl<ShopProgress>) => Promise<T>,
  ): Promise<T | Refusal>;
  current(networkId: string, siteId: string): Promise<ScheduleProgress | undefined>;
  stop(networkId: string, siteId: string, keep: boolean): Promise<Refusal | undefined>;
}

export function createScheduleWatch(kernel: Kernel): ScheduleWatch {
  const { clock, db, log } = kernel;
  /** Computations of this process, by network and site: they need not wait to be told by the table. */
  const own = new Map<string, (wish: StopWish) => void>();
  const keyOf = (networkId: string, siteId: string): string => `${networkId} ${siteId}`;
  const scope = (networkId: string) => ({ kind: 'network', networkId }) as const;
  const run: ScheduleWatch['run'] = async (floor, rounds, work) => {
    const { networkId, siteId, factoryOrganisationId } = floor;
    const holder = kernel.ids();
    const until = (): number => clock.wallNow() + SILENT_MS;
    let progress: Omit<ScheduleProgress, 'stopping'> = {
      startedAt: clock.wallNow(),
      phase: 'read',
      rounds: 0,
      of: rounds,
      weightedTardiness: null,
      lowerBound: null,
    };
    const mine = { siteId, factoryOrganisationId, holder, wallNow: clock.wallNow(), until: until() };
    if (!(await db.transaction(scope(networkId), (tx) => beginRun(tx, networkId, mine, progress))))
      return BUSY;
    const abort = new AbortController();
    const hear = (wish: StopWish | null): void => {
      if (wish && !abort.signal.aborted) abort.abort(wish);
    };
    own.set(keyOf(networkId, siteId), hear);
    const timer = setInterval(() => {
      db.transaction(scope(networkId), (tx) =>
        tellRun(tx, networkId, { siteId, holder, until: until() }, progress),
      )
        .then(hear)
        // Progress is a courtesy: the computation itself is not worse for it.
        .catch((error: unknown) => log.warn({ err: error, siteId }, 'progress not told'));
    }, TELL_MS);
    const onProgress = (told: ShopProgress): void => {
      progress = {
        ...progress,
        phase: told.phase,
        rounds: told.rounds,
        weightedTardiness: told.best ? pointHours(floor, told.best.weightedTardiness) : null,
        lowerBound: pointHours(floor, told.lowerBound),
      };
    };
    try {
      return await Promise.race([work({ onProgress, signal: abort.signal }), discarded(abort.signal)]);
    } finally {
      clearInterval(timer);
      own.delete(keyOf(networkId, siteId));
      await db.transaction(scope(networkId), (tx) => endRun(tx, networkId, siteId, holder));
    }
  };
  return {
    run,
    current: (networkId, siteId) =>
      db.transaction(scope(networkId), (tx) => findRun(tx, networkId, siteId, clock.wallNow())),
    stop: async (networkId, siteId, keep) => {
      const wish = keep ? 'keep' : 'discard';
      const mine = own.get(keyOf(networkId, siteId));
      mine?.(wish);
      const told = await db.transaction(scope(networkId), (tx) =>
        wishStop(tx, networkId, siteId, wish, clock.wallNow()),
      );
      // One that ended meanwhile heard it here.
      return told || mine ? undefined : NOTHING_RUNS;
    },
  };
}

/** A dropped computation is answered at once; the thread ends it in its own time. */
function discarded(signal: AbortSignal): Promise<Refusal> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => signal.reason === 'discard' && resolve(DISCARDED), { once: true });
  });
}
