import { useQuery } from '@tanstack/react-query';
import { feature } from 'topojson-client';
import landUrl from 'world-atlas/land-110m.json?url';
import { ApiProblem } from '../../api/request.ts';
import { echarts } from '../../ui/echarts.ts';
import { cutAtAntimeridian } from './antimeridian.ts';

/** Name under which ECharts keeps the outlines. */
export const LAND = 'land';
/** Antarctica has no factories and would take a fifth of the picture. */
const SOUTH_END = -60;

type LandTopology = Parameters<typeof feature>[0];

/** Land outlines without borders (Natural Earth 1:110 m, shipped with the console). */
export function useLand() {
  return useQuery({ queryKey: ['land'], queryFn: loadLand, staleTime: Number.POSITIVE_INFINITY });
}

async function loadLand(): Promise<true> {
  const answer = await fetch(landUrl);
  if (!answer.ok) {
    const detail = 'The map did not load.';
    throw new ApiProblem({
      type: 'about:blank',
      title: detail,
      status: answer.status,
      detail,
      code: 'no-map',
    });
  }
  // A file of the console's own build: one object, `land`, a collection of one multi-polygon.
  const topology = (await answer.json()) as LandTopology;
  const shape = topology.objects.land;
  const parts = shape ? feature(topology, shape) : { type: 'FeatureCollection' as const, features: [] };
  const features = parts.type === 'FeatureCollection' ? parts.features : [parts];
  const polygons = features.flatMap(({ geometry }) =>
    geometry.type === 'MultiPolygon'
      ? geometry.coordinates
      : geometry.type === 'Polygon'
        ? [geometry.coordinates]
        : [],
  );
  const kept = polygons
    .filter((polygon) => polygon[0]?.some(([, lat]) => (lat ?? 0) > SOUTH_END))
    .flatMap((polygon) =>
      cutAtAntimeridian(polygon[0] ?? []).map((outline) => [outline, ...polygon.slice(1)]),
    );
  const land = {
    type: 'FeatureCollection' as const,
    features: kept.map((coordinates) => ({
      type: 'Feature' as const,
      properties: { name: '' },
      geometry: { type: 'Polygon' as const, coordinates },
    })),
  };
  // ECharts' type asks for mutable tuples; it does not write to them.
  echarts.registerMap(LAND, land as unknown as Parameters<typeof echarts.registerMap>[1]);
  return true;
}
