import type { Position } from '@millrace/contract';

/** Mean radius of the earth, IUGG. */
const EARTH_KM = 6_371.0088;

/** Great circle. */
export function distanceKm(from: Position, to: Position): number {
  const rad = Math.PI / 180;
  const halfLat = ((to.lat - from.lat) * rad) / 2;
  const halfLon = ((to.lon - from.lon) * rad) / 2;
  const h =
    Math.sin(halfLat) ** 2 + Math.cos(from.lat * rad) * Math.cos(to.lat * rad) * Math.sin(halfLon) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
