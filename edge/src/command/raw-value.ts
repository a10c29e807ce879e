import type { EdgeCommand, TagValue } from '@millrace/contract';

/** Rounding steps of a binary fraction that (value − offset) / scale may take, with both decimals not exact themselves. */
const STEPS_MAX = 4;

export const isScaled = ({ scale, offset }: Pick<EdgeCommand, 'scale' | 'offset'>): boolean =>
  scale !== undefined || offset !== undefined;

/**
 * What is written for a value: raw = (value − offset) / scale, the inverse of a tag's. A whole number that binary fractions
 * miss by their own error (0.7 / 0.1) is that number; nothing else is rounded, so that never another value is written.
 */
export function rawOf(command: Pick<EdgeCommand, 'scale' | 'offset'>, value: TagValue): TagValue {
  if (typeof value !== 'number' || !isScaled(command)) return value;
  const { scale = 1, offset = 0 } = command;
  const raw = (value - offset) / scale;
  // No machine knows −0.
  const whole = Math.round(raw) + 0;
  const error = STEPS_MAX * Number.EPSILON * ((Math.abs(value) + Math.abs(offset)) / Math.abs(scale));
  return error < 0.5 && Math.abs(raw - whole) <= error ? whole : raw;
}
