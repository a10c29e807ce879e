import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Short periodic work of this process: never overlaps itself, a failure is logged and counted, the next turn comes anyway. */
export interface Ticker {
  every(name: string, wallMs: number, work: () => Promise<void>): void;
  start(): void;
  stop(): Promise<void>;
}

interface Task {
  readonly name: string;
  readonly wallMs: number;
  readonly work: () => Promise<void>;
  timer: NodeJS.Timeout | undefined;
  running: Promise<void> | undefined;
}

export function createTicker(log: Log, metrics: Metrics): Ticker {
  const tasks: Task[] = [];
  let started = false;

  const turn = async (task: Task): Promise<void> => {
    const end = metrics.tickSeconds.startTimer({ ticker: task.name });
    try {
      await task.work();
    } catch (error) {
      metrics.tickFailures.inc({ ticker: task.name });
      log.error({ err: error, ticker: task.name }, 'periodic task failed');
    } finally {
      end();
    }
  };
  const arm = (task: Task): void => {
    task.timer = setTimeout(() => {
      task.running = turn(task).finally(() => {
        task.running = undefined;
        if (started) arm(task);
      });
    }, task.wallMs);
  };

  return {
    every: (name, wallMs, work) => {
      const task: Task = { name, wallMs, work, timer: undefined, running: undefined };
      tasks.push(task);
      if (started) arm(task);
    },
    start: () => {
      started = true;
      for (const task of tasks) arm(task);
    },
    stop: async () => {
      started = false;
      for (const task of tasks) clearTimeout(task.timer);
      await Promise.all(tasks.map((task) => task.running));
    },
  };
}
