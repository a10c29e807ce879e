import type { EdgeMachine } from '@millrace/contract';
import type { DriverBatch, HostTag } from './driver/index.ts';
import type { Log } from './log/index.ts';
import { createTagBoard, type TagBoard } from './status/index.ts';
import type { Store } from './store/index.ts';

export interface CollectorOptions {
  /** Undefined for the moment in which the log is opened again. */
  store(): Store | undefined;
  now(): number;
  readonly log: Log;
}

/** Makes machine records and alarms of what the drivers bring, and puts them into the log. */
export interface Collector {
  /** Last value of every tag. */
  readonly board: TagBoard;
  /** Machines that stay keep their counts. */
  configure(machines: readonly EdgeMachine[]): void;
  take(batch: DriverBatch): void;
  /** The minute in progress goes into the checkpoint. */
  close(): void;
}

export function openCollector(_options: CollectorOptions): Collector {
  const board = createTagBoard();
  return {
    board,
    configure: (machines) => board.configure(machines),
    take: ({ tags, samples }) => {
      for (const { tag, ...sample } of samples) {
        const its = tags[tag];
        if (its !== undefined) board.put(its.machine, its.tag, sample);
      }
    },
    close: () => undefined,
  };
}

/** What each connection must watch. */
export function tagsByConnection(machines: readonly EdgeMachine[]): ReadonlyMap<string, readonly HostTag[]> {
  const all = machines.flatMap(({ machine, tags, count }) =>
    tags.map(({ name, connection, address, type, wordOrder }) => ({
      connection,
      watched: {
        machine,
        tag: name,
        address,
        ...(type === undefined ? {} : { type }),
        ...(wordOrder === undefined ? {} : { wordOrder }),
        every: count?.from === 'pulse' && count.tag === name,
      } satisfies HostTag,
    })),
  );
  return new Map(
    [...Map.groupBy(all, ({ connection }) => connection)].map(([connection, rows]) => [
      connection,
      rows.map(({ watched }) => watched),
    ]),
  );
}
