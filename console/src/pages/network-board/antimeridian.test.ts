import { describe, expect, it } from 'vitest';
import { cutAtAntimeridian } from './antimeridian.ts';

describe('the cut at the antimeridian', () => {
  it('leaves a ring alone that does not cross', () => {
    const ring = [
      [10, 0],
      [20, 0],
      [20, 10],
      [10, 10],
    ];
    expect(cutAtAntimeridian(ring)).toEqual([ring]);
  });

  it('makes an eastern and a western piece of a ring that crosses', () => {
    const pieces = cutAtAntimeridian([
      [170, 0],
      [-170, 0],
      [-170, 10],
      [170, 10],
    ]);
    expect(pieces).toHaveLength(2);
    for (const piece of pieces) {
      const lons = piece.map(([lon]) => lon ?? 0);
      expect(Math.max(...lons) - Math.min(...lons)).toBe(10);
    }
  });
});
