import type { TagHealth } from '@millrace/contract';

/** Contract: bad tags in the health that goes to the platform. */
const BAD_TAGS_MAX = 200;
const ERROR_CHARACTERS_MAX = 500;
/** A text of a machine may be long; the health goes out every few seconds. */
const VALUE_CHARACTERS_MAX = 200;
/** [Instant] */
const INSTANT_MAX = 7_258_118_400_000;

/**
 * Those that are not good, in the form of the contract: a source's clock may say anything, and one impossible instant must
 * not make the platform refuse the whole line.
 */
export function tellableTags(tags: readonly TagHealth[]): TagHealth[] {
  const told: TagHealth[] = [];
  for (const tag of tags) {
    if (tag.quality === 'good') continue;
    told.push({
      ...tag,
      value: tellableValue(tag.value),
      at: tellableInstant(tag.at),
      lastGoodAt: tellableInstant(tag.lastGoodAt),
      error: tag.error?.slice(0, ERROR_CHARACTERS_MAX) ?? null,
    });
    if (told.length >= BAD_TAGS_MAX) break;
  }
  return told;
}

function tellableValue(value: TagHealth['value']): TagHealth['value'] {
  if (typeof value === 'string') return value.slice(0, VALUE_CHARACTERS_MAX);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

function tellableInstant(at: number | null): number | null {
  const whole = at === null ? Number.NaN : Math.round(at);
  return whole >= 0 && whole <= INSTANT_MAX ? whole : null;
}
