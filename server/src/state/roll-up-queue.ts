import type { DirtyHour } from '../ingest/index.ts';
import type { GatewayKey } from './store-hour.ts';

/** An hour that changed changes where the next ones start; beyond the next midnight counting starts anew anyway. */
const CASCADE_MAX = 27;

export interface HourToDo {
  readonly key: GatewayKey;
  /** Hours since the epoch. */
  readonly hour: number;
  /** Its own records changed, and not only what it starts from. */
  readonly isMarked: boolean;
  /** Beyond, nothing follows from it. */
  readonly until: number;
}

/** Hours of gateways, the earliest first, each once. */
export interface RollUpQueue {
  take(): HourToDo | undefined;
  /** What follows from `because`. */
  add(key: GatewayKey, hour: number, because: HourToDo): void;
}

export function createRollUpQueue(marked: readonly DirtyHour[]): RollUpQueue {
  const waiting = new Map<string, HourToDo>();
  const done = new Set<string>();
  const nameOf = ({ gatewayId }: GatewayKey, hour: number): string => `${gatewayId} ${hour}`;
  for (const one of marked) {
    const { hour } = one;
    waiting.set(nameOf(one, hour), { key: one, hour, isMarked: true, until: hour + CASCADE_MAX });
  }
  return {
    take: () => {
      let first: HourToDo | undefined;
      for (const one of waiting.values()) if (first === undefined || one.hour < first.hour) first = one;
      if (first === undefined) return undefined;
      const name = nameOf(first.key, first.hour);
      waiting.delete(name);
      done.add(name);
      return first;
    },
    add: (key, hour, { until }) => {
      const name = nameOf(key, hour);
      if (hour > until || done.has(name)) return;
      const known = waiting.get(name);
      const isMarked = known?.isMarked ?? false;
      waiting.set(name, { key, hour, isMarked, until: Math.max(until, known?.until ?? until) });
    },
  };
}
