import { type CapacityBucket, GRANT_FIELDS, type WorkCenterCapacity } from '@millrace/contract';

const MINUTES = [
  'totalMin',
  'usedMin',
  'committedMin',
  'unattainableMin',
  'availableMin',
] as const satisfies readonly (typeof GRANT_FIELDS.capacity)[number][];

/**
 * A row of another organisation as its grant shows it: which work center it is and where it stands is part of every grant,
 * what else is not granted is blank, and `sharedFields` tells a blank from a figure.
 */
export function asShared(row: WorkCenterCapacity, granted: ReadonlySet<string>): WorkCenterCapacity {
  const opens = (field: (typeof GRANT_FIELDS.capacity)[number]): boolean => granted.has(field);
  return {
    ...row,
    source: opens('source') ? row.source : 'declared',
    confidence: opens('confidence') ? row.confidence : 0,
    ageMs: opens('ageMs') ? row.ageMs : null,
    rates: opens('rates') ? row.rates : [],
    buckets: MINUTES.some(opens) ? row.buckets.map((bucket) => blanked(bucket, opens)) : [],
    sharedFields: GRANT_FIELDS.capacity.filter(opens),
  };
}

function blanked(
  bucket: CapacityBucket,
  opens: (field: (typeof MINUTES)[number]) => boolean,
): CapacityBucket {
  const hidden = MINUTES.filter((field) => !opens(field)).map((field) => [field, 0] as const);
  return { ...bucket, ...Object.fromEntries(hidden) };
}
