/** Two clocks: the domain's (orders, machines, shifts) and the wall's (sessions, time-outs, locks). They differ only in the demonstration. */
export interface Clock {
  /** Domain instant, epoch ms. */
  now(): number;
  /** Wall instant, epoch ms. */
  wallNow(): number;
  /** Domain seconds per wall second. */
  readonly speed: number;
}

export const wallClock: Clock = { now: () => Date.now(), wallNow: () => Date.now(), speed: 1 };

/** Where a sped-up domain clock stood at one wall instant. */
export interface ClockAnchor {
  readonly domainMs: number;
  readonly wallMs: number;
}

/** Runs on from the anchor; a stopped platform does not let domain time pass, because the anchor is renewed at start. */
export function domainClock(anchor: ClockAnchor, speed: number): Clock {
  return {
    now: () => Math.round(anchor.domainMs + (Date.now() - anchor.wallMs) * speed),
    wallNow: () => Date.now(),
    speed,
  };
}
