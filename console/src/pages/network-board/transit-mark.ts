import type { Board } from '@millrace/contract';
import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';
import type { Palette } from '../../ui/palette.ts';

/** Bow of the line, as a share of its length: two ways between the same places stay two lines. */
const BOW = 0.16;
const HEAD_PX = 4.5;

type Point = readonly [x: number, y: number];

/** A shipment on its way: the whole way faint, the way done bright, an arrowhead where the goods are by now. */
export function transitMark(palette: Palette, inTransit: Board['inTransit']): CustomSeriesRenderItem {
  return (params, api) => {
    const shipment = inTransit[params.dataIndex];
    if (!shipment) return null;
    const from = pointOf(api.coord([shipment.from.lon, shipment.from.lat]));
    const to = pointOf(api.coord([shipment.to.lon, shipment.to.lat]));
    const bend = bendOf(from, to);
    const share = Math.min(1, Math.max(0, shipment.progress));
    const head = pointAt(from, bend, to, share);
    const next = pointAt(from, bend, to, Math.min(1, share + 0.02));
    const back = pointAt(from, bend, to, Math.max(0, share - 0.02));
    const angle = Math.atan2(next[1] - back[1], next[0] - back[0]);
    const way = { x1: from[0], y1: from[1], cpx1: bend[0], cpy1: bend[1], x2: to[0], y2: to[1] };
    const children = [
      {
        type: 'bezierCurve',
        shape: way,
        style: { stroke: palette.primary, lineWidth: 1, opacity: 0.28, lineDash: [3, 3], fill: 'none' },
      },
      {
        type: 'bezierCurve',
        shape: { ...way, percent: share },
        style: { stroke: palette.primary, lineWidth: 1.4, opacity: 0.8, fill: 'none' },
      },
      {
        type: 'polygon',
        x: head[0],
        y: head[1],
        rotation: -angle,
        shape: {
          points: [
            [HEAD_PX, 0],
            [-HEAD_PX, -HEAD_PX * 0.8],
            [-HEAD_PX * 0.4, 0],
            [-HEAD_PX, HEAD_PX * 0.8],
          ],
        },
        style: { fill: palette.text },
      },
    ];
    return { type: 'group', children } as CustomSeriesRenderItemReturn;
  };
}

function pointOf(coordinates: readonly number[]): Point {
  return [coordinates[0] ?? 0, coordinates[1] ?? 0];
}

function bendOf(from: Point, to: Point): Point {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  return [(from[0] + to[0]) / 2 + dy * BOW, (from[1] + to[1]) / 2 - Math.abs(dx) * BOW];
}

/** Quadratic Bézier at `share` of its way. */
function pointAt(from: Point, bend: Point, to: Point, share: number): Point {
  const rest = 1 - share;
  return [
    rest * rest * from[0] + 2 * rest * share * bend[0] + share * share * to[0],
    rest * rest * from[1] + 2 * rest * share * bend[1] + share * share * to[1],
  ];
}
