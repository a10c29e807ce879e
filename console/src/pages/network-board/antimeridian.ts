type Place = readonly number[];

/**
 * Cuts a ring that crosses ±180° into rings that do not. The stored outlines are stitched across it (on a globe that
 * is right), and on a flat map a stitched ring would draw a line through the whole world.
 */
export function cutAtAntimeridian(ring: readonly Place[]): readonly (readonly Place[])[] {
  const unrolled = unroll(ring);
  const lons = unrolled.map(([lon]) => lon ?? 0);
  const firstTurn = Math.floor((Math.min(...lons) + 180) / 360);
  const lastTurn = Math.floor((Math.max(...lons) + 180) / 360);
  const pieces: (readonly Place[])[] = [];
  for (let turn = firstTurn; turn <= lastTurn; turn++) {
    const west = turn * 360 - 180;
    const inside = clip(clip(unrolled, west, 1), west + 360, -1);
    if (inside.length >= 3) pieces.push(inside.map(([lon, lat]) => [(lon ?? 0) - turn * 360, lat ?? 0]));
  }
  return pieces;
}

/** Longitudes without jumps: what crosses the line goes on past 180. */
function unroll(ring: readonly Place[]): readonly Place[] {
  let turn = 0;
  let before = ring[0]?.[0] ?? 0;
  return ring.map(([lon = 0, lat = 0]) => {
    if (lon - before > 180) turn -= 360;
    else if (before - lon > 180) turn += 360;
    before = lon;
    return [lon + turn, lat];
  });
}

/** Sutherland–Hodgman against one meridian; `side` 1 keeps the east of it, −1 the west. */
function clip(ring: readonly Place[], meridian: number, side: 1 | -1): readonly Place[] {
  const kept: Place[] = [];
  ring.forEach((place, index) => {
    const next = ring[(index + 1) % ring.length] ?? place;
    const [lon = 0, lat = 0] = place;
    const [nextLon = 0, nextLat = 0] = next;
    const isIn = (lon - meridian) * side >= 0;
    const nextIsIn = (nextLon - meridian) * side >= 0;
    if (isIn) kept.push(place);
    if (isIn !== nextIsIn) {
      const share = (meridian - lon) / (nextLon - lon);
      kept.push([meridian, lat + share * (nextLat - lat)]);
    }
  });
  return kept;
}
