import {
  type FlowProgress,
  type HourValueOptions,
  type HourValues,
  hourValues,
  type Snapshot,
} from '@millrace/engine';
import { serveWork } from '../kernel/index.ts';

export interface HourValueTask {
  readonly snapshot: Snapshot;
  readonly options: Omit<HourValueOptions, 'onProgress'>;
}

// The inside of the thread of `hour-value.ts`. Prices are of use as soon as one flow is complete.
serveWork<HourValueTask, FlowProgress, HourValues>(
  ({ snapshot, options }, onProgress) => hourValues(snapshot, { ...options, onProgress }),
  ({ cost }) => Number.isFinite(cost),
);
