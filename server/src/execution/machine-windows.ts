import type { Interval } from '@millrace/engine';
import type { Directory, Registry } from '../registry/index.ts';

/** Work is forecast this far; what does not fit is taken to go on around the clock behind it. */
export const FORECAST_HORIZON_MS = 60 * 24 * 3_600_000;
/** Calendar arithmetic costs some milliseconds per calendar: windows are kept this long on the domain clock. */
const KEPT_MS = 6 * 3_600_000;

interface Kept {
  readonly fromMs: number;
  readonly version: number;
  readonly windows: readonly Interval[];
}

/** Working windows of the machines of one network from now on; machines with the same calendar share them. */
export function createMachineWindows(registry: Registry) {
  const kept = new Map<string, Kept>();
  return (directory: Directory, machineId: string, nowMs: number): readonly Interval[] => {
    const machine = directory.machine(machineId);
    if (!machine) return [];
    const key = `${directory.networkId} ${directory.calendarOf(machine).key}`;
    const found = kept.get(key);
    if (
      found &&
      found.version === directory.version &&
      nowMs - found.fromMs < KEPT_MS &&
      nowMs >= found.fromMs
    ) {
      return found.windows;
    }
    const windows = registry.windowsOf(machine, nowMs, nowMs + FORECAST_HORIZON_MS);
    kept.set(key, { fromMs: nowMs, version: directory.version, windows });
    return windows;
  };
}

export type MachineWindows = ReturnType<typeof createMachineWindows>;
