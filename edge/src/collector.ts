import type { EdgeMachine, TagHealth } from '@millrace/contract';
import type { DriverBatch, HostTag } from './host/index.ts';
import type { Log } from './log/index.ts';
import { createPipeline, type Pipeline } from './machine/index.ts';
import { createRules, type Rules } from './rule/index.ts';
import type { CheckpointPatch, NewEntry, Store } from './store/index.ts';

export interface CollectorOptions {
  /** Undefined for the moment in which the log is opened again. */
  store(): Store | undefined;
  now(): number;
  /** Between two looks at the clock, real ms; smaller when the clock runs faster than the world's. */
  readonly tickMs?: number;
  readonly log: Log;
}

/** Makes machine records and alarms of what the drivers bring, and puts them into the log. */
export interface Collector {
  /** Machines that stay keep their counts. */
  configure(machines: readonly EdgeMachine[]): void;
  take(batch: DriverBatch): void;
  /** Last value of every tag. */
  tags(): readonly TagHealth[];
  /** The minute in progress goes into the checkpoint. */
  close(): void;
}

/** What a power cut costs of the minute in progress: nothing of a counter, at most so much of running time and pulses. */
const TICK_MS = 1_000;

/** The log must be open: it holds where the machines stood when the agent ended. */
export function openCollector(options: CollectorOptions): Collector {
  const { store, now, tickMs = TICK_MS } = options;
  const checkpoint = store()?.checkpoint() ?? {};
  const rules = createRules(checkpoint);
  const pipeline = createPipeline({
    checkpoint,
    onReading: (machine, tag, reading, at) => rules.take(machine, tag, reading, at),
  });
  const timer = setInterval(() => tick(pipeline, rules, options), tickMs);
  return {
    configure: (machines) => {
      pipeline.configure(machines, now());
      rules.configure(machines, now());
    },
    take: (batch) => pipeline.take(batch, now()),
    tags: () => pipeline.health(),
    close: () => {
      clearInterval(timer);
      tick(pipeline, rules, options);
    },
  };
}

/** Records and the checkpoint that no longer contains them reach the disk together or not at all: no minute twice, none missing. */
function tick(pipeline: Pipeline, rules: Rules, { store, now, log }: CollectorOptions): void {
  const open = store();
  // While the log is opened again everything waits in the pipeline, a second or two.
  if (open === undefined) return;
  const at = now();
  const records = pipeline.advance(at);
  keep(open, { kind: 'records', records }, records.length, pipeline.changes(at), log);
  const alarms = rules.advance(at);
  keep(open, { kind: 'alarms', alarms }, alarms.length, rules.changes(), log);
}

function keep(
  store: Store,
  entry: NewEntry,
  items: number,
  patch: CheckpointPatch | undefined,
  log: Log,
): void {
  if (items === 0) {
    if (patch !== undefined) store.saveCheckpoint(patch);
    return;
  }
  const appended = store.append(entry, patch);
  if ('refused' in appended)
    log.warn('there was no room', { lost: items, of: entry.kind, why: appended.refused });
}

/** What each connection must watch. */
export function tagsByConnection(machines: readonly EdgeMachine[]): ReadonlyMap<string, readonly HostTag[]> {
  const watched = new Map<string, HostTag[]>();
  for (const { machine, tags, count } of machines) {
    for (const { name, connection, address, type, wordOrder } of tags) {
      const its = watched.get(connection) ?? [];
      watched.set(connection, its);
      its.push({
        machine,
        tag: name,
        address,
        ...(type === undefined ? {} : { type }),
        ...(wordOrder === undefined ? {} : { wordOrder }),
        // Each edge is a piece; of everything else the newest value says all.
        every: count?.from === 'pulse' && count.tag === name,
      });
    }
  }
  return watched;
}
