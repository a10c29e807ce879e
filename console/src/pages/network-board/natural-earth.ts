/**
 * Natural Earth projection (Patterson 2008; polynomial of Šavrič et al. 2011): a world that looks like a world,
 * without the swollen north of Mercator. Degrees in, degrees-sized plane coordinates out, y growing downwards.
 */
const RADIANS = Math.PI / 180;
/** Newton's method doubles the digits each step; five are enough for a screen, ten for certain. */
const STEPS_MAX = 10;
const PRECISION = 1e-9;

export function project([lon, lat]: readonly number[]): [x: number, y: number] {
  const phi = (lat ?? 0) * RADIANS;
  return [((lon ?? 0) * RADIANS * widthAt(phi)) / RADIANS, -heightAt(phi) / RADIANS];
}

export function unproject([x, y]: readonly number[]): [lon: number, lat: number] {
  const target = -(y ?? 0) * RADIANS;
  let phi = target;
  for (let step = 0; step < STEPS_MAX; step++) {
    const off = (heightAt(phi) - target) / slopeAt(phi);
    phi -= off;
    if (Math.abs(off) < PRECISION) break;
  }
  return [(x ?? 0) / widthAt(phi), phi / RADIANS];
}

function widthAt(phi: number): number {
  const p2 = phi * phi;
  const p4 = p2 * p2;
  return 0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4));
}

function heightAt(phi: number): number {
  const p2 = phi * phi;
  const p4 = p2 * p2;
  return phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)));
}

function slopeAt(phi: number): number {
  const p2 = phi * phi;
  const p4 = p2 * p2;
  return 1.007226 + p2 * (0.045255 + p4 * (-0.311325 + 0.259866 * p2 - 0.065076 * p4));
}
