import { parentPort } from 'node:worker_threads';
import { match, type Snapshot } from '@millrace/engine';

/** One part of a network, and which. */
export interface ComponentTask {
  readonly at: number;
  readonly snapshot: Snapshot;
}

// A wire between our own two files.
parentPort?.on('message', ({ at, snapshot }: ComponentTask) => {
  parentPort?.postMessage({ at, plan: match(snapshot) });
});
