import { UsageFault } from './arguments.ts';
import type { DriverBatch } from './host/index.ts';

/** The clock of a simulated world, in which a day may pass in minutes. A gateway in a factory has none. */
export interface SimulatedClock {
  /** Domain time, epoch ms. */
  now(): number;
  /** Real ms between two looks at it. */
  readonly tickMs: number;
  /** Drivers live in real time, as their sockets do: the times of their samples become the domain's. */
  inDomain(batch: DriverBatch): DriverBatch;
}

/** Domain seconds per second; beyond, a moment in which the box is busy is longer than a minute of the world. */
const SPEED_MAX = 1_000;
/** A tenth of the least a person notices; more often would only heat the box. */
const TICK_MS_LEAST = 20;
const TICK_DOMAIN_MS = 1_000;
const FORM = /^(\d{1,15}),(\d{1,15}),(\d{1,4}(?:\.\d{1,6})?)$/;

/** `MILLRACE_EDGE_CLOCK`, for simulations only: `domain ms,wall ms,speed` — at that wall instant it was that domain instant. */
export function readSimulatedClock(text: string | undefined): SimulatedClock | undefined {
  if (text === undefined || text === '') return undefined;
  const [, domainMs, wallMs, speed] = (FORM.exec(text) ?? []).map(Number);
  if (domainMs === undefined || wallMs === undefined || speed === undefined || !(speed > 0)) {
    throw new UsageFault(`MILLRACE_EDGE_CLOCK must be "domain ms,wall ms,speed", not "${text}".`);
  }
  if (speed > SPEED_MAX) throw new UsageFault(`MILLRACE_EDGE_CLOCK cannot be faster than ${SPEED_MAX}.`);
  const inDomain = (wall: number): number => Math.round(domainMs + (wall - wallMs) * speed);
  const now = (): number => inDomain(Date.now());
  return {
    now,
    tickMs: Math.min(TICK_DOMAIN_MS, Math.max(TICK_MS_LEAST, TICK_DOMAIN_MS / speed)),
    inDomain: (batch) => {
      const at = now();
      // A far side of the simulation may tell the domain's time itself: of two readings the nearer one is meant.
      const nearer = (told: number): number =>
        Math.abs(inDomain(told) - at) < Math.abs(told - at) ? inDomain(told) : told;
      return { ...batch, samples: batch.samples.map((sample) => ({ ...sample, at: nearer(sample.at) })) };
    },
  };
}
