import type { Edge } from './pulse-source.ts';

/** A kernel's time stamp is of now, give or take what a busy gateway needs to pass it on. */
const NEAR_MS = 3_600_000;

/** A line of `gpiomon`: `5 1 4711 123456789` of 1.x with the format `%o %e %s %n`, `5 rising 4711.123456789` of 2.x with `%o %E %S`. */
export function parseGpiomonLine(
  text: string,
  clock: { readonly nowMs: number; readonly monotonicMs: number },
): Edge | undefined {
  const match = /^(\d{1,4}) (?:([01]) (\d{1,11}) (\d{1,9})|(rising|falling) (\d{1,11})\.(\d{9}))$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, line, level, seconds, nanoseconds, direction, wholeSeconds, fraction] = match;
  const stampMs = Number(seconds ?? wholeSeconds) * 1_000 + Number(nanoseconds ?? fraction) / 1e6;
  return { line: Number(line), on: level === '1' || direction === 'rising', at: epochMs(stampMs, clock) };
}

/** A line of a stand-in: `<line> <0|1> [epoch ms]`. Undefined where it is none. */
export function parsePulseLine(text: string, nowMs: number): Edge | undefined {
  const match = /^\s*(\d{1,4})[ \t]+([01])(?:[ \t]+(\d{1,15})(?:\.\d{1,9})?)?\s*$/.exec(text);
  if (match === null) return undefined;
  const [, line, level, at] = match;
  return { line: Number(line), on: level === '1', at: at === undefined ? nowMs : Number(at) };
}

/** Kernels since 5.7 stamp with the monotonic clock, older ones with the wall clock: whichever makes it a time near now. */
function epochMs(stampMs: number, clock: { readonly nowMs: number; readonly monotonicMs: number }): number {
  const byMonotonic = clock.nowMs - clock.monotonicMs + stampMs;
  const nearest = [byMonotonic, stampMs].find((at) => Math.abs(at - clock.nowMs) < NEAR_MS);
  return Math.round(nearest ?? clock.nowMs);
}
