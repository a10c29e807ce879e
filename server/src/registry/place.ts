import type { Position } from '@millrace/contract';
import { type Refusal, refuse } from '../kernel/index.ts';

/** Around 0°, 0° there is only water; a site there means that somebody left the position out. Degrees. */
const NULL_ISLAND_DEG = 0.01;

export function isNullIsland({ lat, lon }: Position): boolean {
  return Math.abs(lat) < NULL_ISLAND_DEG && Math.abs(lon) < NULL_ISLAND_DEG;
}

/** IANA names only: a fixed offset has no clock changes and would be wrong for half of the year. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    // RangeError is how Intl says "unknown".
    return false;
  }
}

export function checkPlace(place: { position?: Position; zone?: string }): Refusal | undefined {
  if (place.position && isNullIsland(place.position)) {
    return refuse(
      'position-missing',
      422,
      'The position 0°, 0° lies in the ocean; give the position of the site.',
      {
        fields: [{ pointer: '/body/position', message: 'is 0°, 0°' }],
      },
    );
  }
  if (place.zone !== undefined && !isZone(place.zone)) {
    return refuse(
      'unknown-zone',
      422,
      `“${place.zone}” is not an IANA time zone, for example Asia/Shanghai.`,
      {
        fields: [{ pointer: '/body/zone', message: 'is not an IANA time zone' }],
        values: { zone: place.zone },
      },
    );
  }
  return undefined;
}
