import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { project, unproject } from './natural-earth.ts';

describe('Natural Earth projection', () => {
  it('finds every place of the world again', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: -85, max: 85, noNaN: true }),
        (lon, lat) => {
          const [backLon, backLat] = unproject(project([lon, lat]));
          expect(backLon).toBeCloseTo(lon, 4);
          expect(backLat).toBeCloseTo(lat, 4);
        },
      ),
    );
  });

  it('puts the north above the south and the east right of the west', () => {
    expect(project([0, 50])[1]).toBeLessThan(project([0, -30])[1]);
    expect(project([100, 10])[0]).toBeGreaterThan(project([-70, 10])[0]);
  });
});
