import { loadDriver } from './load-driver.ts';
import type { FromWorker, Pace, ToWorker } from './message.ts';
import { startWorkerThread, type WorkerThread } from './worker-thread.ts';

/** A connection as the pool sees it. */
export interface PoolMember {
  readonly connection: number;
  readonly code: string;
  readonly driver: string;
  /** A thread is there: what must be opened is posted now. */
  placed(post: (message: ToWorker) => void): void;
  message(message: FromWorker): void;
  /** The thread is gone and another is started after a pause. */
  gone(reason: string): void;
}
/** A member's place in the pool. */
export interface Seat {
  post(message: ToWorker): void;
  /** Resolves when the driver has closed, or its thread is no more. */
  leave(): Promise<void>;
}

/** One thread and who sits in it. */
interface Room {
  readonly driver: string;
  readonly capacity: number;
  readonly sittings: Map<number, Sitting>;
  readonly thread: WorkerThread;
  /** What a driver said when it broke, which tells more than how its thread ended. */
  broken: string | undefined;
}
interface Sitting {
  readonly member: PoolMember;
  readonly left: PromiseWithResolvers<void>;
  leaving: boolean;
  room: Room | undefined;
  again: NodeJS.Timeout | undefined;
  /** When threads ended under it, ms of the monotonic clock; only recent ones. */
  crashes: readonly number[];
}

/** Threads at most; with more connections they share, also those that should not. A thread costs some 10 MiB. */
const THREADS_MAX = 24;
/** Crashes count towards the pause and the isolation for so long. */
const RECENT_MS = 600_000;
/** At the end of the agent, which has 10 s for everything: what was counted must still reach the disk after it. */
const STOP_MS_MAX = 4_000;
/** So many recent crashes, and a connection gets a thread of its own, so that its neighbours go on. */
const CRASHES_BEFORE_ISOLATION = 2;

export interface WorkerPoolOptions {
  readonly pace: Pace;
  onRestart(connections: readonly string[], reason: string): void;
  onSaid(driver: string, words: string): void;
}

/** Seats connections in threads by kind of driver, and starts a thread that died again, alone. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #rooms = new Set<Room>();
  readonly #sittings = new Set<Sitting>();
  #minted = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** A number for a connection or a question, unlike any before. */
  mint(): number {
    return ++this.#minted;
  }

  join(member: PoolMember): Seat {
    const left = Promise.withResolvers<void>();
    const sitting: Sitting = { member, left, leaving: false, room: undefined, again: undefined, crashes: [] };
    this.#sittings.add(sitting);
    void this.#seat(sitting);
    return {
      post: (message) => sitting.room?.thread.post(message),
      leave: () => {
        sitting.leaving = true;
        clearTimeout(sitting.again);
        if (sitting.room === undefined) this.#leave(sitting);
        else sitting.room.thread.post({ kind: 'close', connection: member.connection });
        return left.promise;
      },
    };
  }

  /** After all members were asked to leave; a thread that hangs is not waited for. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, Math.min(STOP_MS_MAX, this.#options.pace.closeMaxMs));
    await Promise.race([late.promise, Promise.all([...this.#sittings].map(({ left }) => left.promise))]);
    clearTimeout(timer);
    this.#closed = true;
    await Promise.all([...this.#rooms].map(({ thread }) => thread.terminate()));
  }

  async #seat(sitting: Sitting): Promise<void> {
    const { member, crashes } = sitting;
    const perWorker = await capacityOf(member.driver);
    if (this.#closed || sitting.leaving) return this.#leave(sitting);
    const alone = recent(crashes).length >= CRASHES_BEFORE_ISOLATION;
    const room = this.#roomFor(member.driver, perWorker, alone);
    room.sittings.set(member.connection, sitting);
    sitting.room = room;
    member.placed(room.thread.post);
  }

  #roomFor(driver: string, perWorker: number, alone: boolean): Room {
    const full = this.#rooms.size >= THREADS_MAX;
    for (const room of this.#rooms) {
      if (room.driver === driver && (full || (!alone && room.sittings.size < room.capacity))) return room;
    }
    const room: Room = {
      driver,
      capacity: alone ? 1 : perWorker,
      sittings: new Map(),
      broken: undefined,
      thread: startWorkerThread({
        pace: this.#options.pace,
        name: driver,
        message: (message) => this.#hear(room, message),
        said: (line) => this.#options.onSaid(driver, line),
        gone: (reason) => this.#vacate(room, room.broken ?? reason),
      }),
    };
    this.#rooms.add(room);
    return room;
  }

  #hear(room: Room, message: FromWorker): void {
    switch (message.kind) {
      case 'pong':
      case 'answer':
      case 'refused':
        for (const { member } of room.sittings.values()) member.message(message);
        return;
      case 'broken':
        room.broken ??= message.reason;
        return void room.thread.terminate();
      case 'closed': {
        const sitting = room.sittings.get(message.connection);
        if (sitting === undefined) return;
        room.sittings.delete(message.connection);
        this.#leave(sitting);
        if (room.sittings.size > 0) return;
        this.#rooms.delete(room);
        return void room.thread.terminate();
      }
      default: {
        if (message.kind === 'samples') room.thread.post({ kind: 'taken' });
        const sitting = room.sittings.get(message.connection);
        // The last samples of one that leaves may be pieces.
        if (sitting?.leaving === false || message.kind === 'samples') sitting?.member.message(message);
      }
    }
  }

  /** The thread of a room has ended. */
  #vacate(room: Room, reason: string): void {
    this.#rooms.delete(room);
    const sittings = [...room.sittings.values()];
    room.sittings.clear();
    const staying = sittings.filter(({ leaving }) => !leaving);
    for (const sitting of sittings) {
      if (sitting.leaving) this.#leave(sitting);
    }
    if (this.#closed || staying.length === 0) return;
    this.#options.onRestart(
      staying.map(({ member }) => member.code),
      reason,
    );
    for (const sitting of staying) {
      sitting.room = undefined;
      sitting.crashes = [...recent(sitting.crashes), performance.now()];
      sitting.member.gone(reason);
      sitting.again = setTimeout(() => void this.#seat(sitting), this.#pauseMs(sitting.crashes.length));
    }
  }

  #pauseMs(crashes: number): number {
    const { restartFirstMs, waitMaxMs } = this.#options.pace;
    return Math.min(waitMaxMs, restartFirstMs * 2 ** Math.min(20, crashes - 1));
  }

  #leave(sitting: Sitting): void {
    sitting.room = undefined;
    this.#sittings.delete(sitting);
    sitting.left.resolve();
  }
}

const recent = (crashes: readonly number[]): readonly number[] =>
  crashes.filter((at) => performance.now() - at < RECENT_MS);

/** A driver that cannot be loaded says so in its own thread. */
async function capacityOf(driver: string): Promise<number> {
  return await loadDriver(driver).then(
    ({ perWorker }) => perWorker,
    () => 1,
  );
}
