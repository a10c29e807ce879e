import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';
import type { Palette } from '../../ui/palette.ts';
import { type BoardSite, conditionOf, type SiteCondition } from './site-condition.ts';

/** Area, not radius, grows with the machines, so that twice the machines look like twice as much. */
const RADIUS_MIN_PX = 3.5;
const RADIUS_PER_ROOT_MACHINE_PX = 0.65;
const RADIUS_MAX_PX = 12;
const RING_GAP_PX = 2;
const RING_WIDTH_PX = 2.5;

export function siteMark(
  palette: Palette,
  sites: readonly BoardSite[],
  selected: string | null,
): CustomSeriesRenderItem {
  return (params, api) => {
    const site = sites[params.dataIndex];
    if (!site) return null;
    const [x, y] = api.coord([site.position.lon, site.position.lat]);
    const radius = Math.min(
      RADIUS_MAX_PX,
      RADIUS_MIN_PX + RADIUS_PER_ROOT_MACHINE_PX * Math.sqrt(site.machines),
    );
    const ring = radius + RING_GAP_PX + RING_WIDTH_PX / 2;
    const condition = conditionOf(site);
    const color = conditionColor(palette, condition);
    const children = [
      // A wide invisible target: fingers are thicker than dots.
      {
        type: 'circle',
        shape: { cx: 0, cy: 0, r: Math.max(ring + 4, 14) },
        style: { fill: 'rgba(0,0,0,0.001)' },
      },
      ...(site.siteId === selected
        ? [
            {
              type: 'circle',
              shape: { cx: 0, cy: 0, r: ring + 5 },
              style: { fill: 'none', stroke: palette.text, lineWidth: 1.5 },
            },
          ]
        : []),
      {
        type: 'circle',
        shape: { cx: 0, cy: 0, r: ring },
        style: { fill: palette.page, opacity: 0.85, stroke: palette.border, lineWidth: RING_WIDTH_PX },
      },
      {
        type: 'arc',
        shape: {
          cx: 0,
          cy: 0,
          r: ring,
          startAngle: -Math.PI / 2,
          endAngle: -Math.PI / 2 + 2 * Math.PI * Math.min(0.9999, Math.max(0, site.soldShare)),
        },
        style: { fill: 'none', stroke: palette.committed, lineWidth: RING_WIDTH_PX },
      },
      core(condition, radius, color, palette),
    ];
    // The element types of ECharts are a closed union that literal inference does not reach.
    return { type: 'group', x, y, children } as CustomSeriesRenderItemReturn;
  };
}

export function conditionColor(palette: Palette, condition: SiteCondition): string {
  const colors: Record<SiteCondition, string> = {
    running: palette.success,
    attention: palette.warning,
    trouble: palette.alarm,
    idle: palette.info,
    silent: palette.neutral,
  };
  return colors[condition];
}

/** A shape for each condition: the map must read without colours too. */
function core(condition: SiteCondition, r: number, color: string, palette: Palette) {
  const style = { fill: color, stroke: palette.page, lineWidth: 0.5 };
  if (condition === 'trouble') {
    const points = [
      [0, -r],
      [r, 0],
      [0, r],
      [-r, 0],
    ];
    return { type: 'polygon', shape: { points }, style };
  }
  if (condition === 'attention') {
    const points = [
      [0, -r],
      [r * 0.9, r * 0.7],
      [-r * 0.9, r * 0.7],
    ];
    return { type: 'polygon', shape: { points }, style };
  }
  if (condition === 'idle') {
    const side = r * 0.8;
    return { type: 'rect', shape: { x: -side, y: -side, width: 2 * side, height: 2 * side }, style };
  }
  if (condition === 'silent') {
    return {
      type: 'circle',
      shape: { cx: 0, cy: 0, r: r - 1 },
      style: { fill: 'none', stroke: color, lineWidth: 2 },
    };
  }
  return { type: 'circle', shape: { cx: 0, cy: 0, r }, style };
}
