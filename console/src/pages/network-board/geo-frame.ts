import type { Position } from '@millrace/contract';
import type { EChartsCoreOption } from 'echarts/core';
import type { Palette } from '../../ui/palette.ts';
import { project, unproject } from './natural-earth.ts';

/** Room around the outermost places, degrees. */
const MARGIN_LON = 12;
const MARGIN_LAT = 10;
/** The part of the world that people live and make things in. */
const WORLD = { west: -170, east: 180, south: -56, north: 78 };
/** One place alone would be a close-up without a coast to recognise it by. */
const SPAN_MIN = 40;

/** Sea, land and the part of the world that the places cover. */
export function geoFrame(palette: Palette, map: string, places: readonly Position[]): EChartsCoreOption {
  const [west, east] = span(
    places.map(({ lon }) => lon),
    MARGIN_LON,
    WORLD.west,
    WORLD.east,
  );
  const [south, north] = span(
    places.map(({ lat }) => lat),
    MARGIN_LAT,
    WORLD.south,
    WORLD.north,
  );
  return {
    animation: false,
    geo: {
      map,
      roam: true,
      scaleLimit: { min: 0.8, max: 12 },
      projection: { project, unproject },
      boundingCoords: [
        [west, north],
        [east, south],
      ],
      left: 8,
      right: 8,
      top: 8,
      bottom: 8,
      preserveAspect: 'contain',
      silent: true,
      itemStyle: { areaColor: palette.land, borderColor: palette.shore, borderWidth: 0.6 },
      emphasis: { disabled: true },
      label: { show: false },
    },
  };
}

function span(values: readonly number[], margin: number, least: number, most: number): [number, number] {
  if (values.length === 0) return [least, most];
  const low = Math.min(...values) - margin;
  const high = Math.max(...values) + margin;
  const missing = Math.max(0, SPAN_MIN - (high - low)) / 2;
  return [Math.max(least, low - missing), Math.min(most, high + missing)];
}
