import { iconLock } from '@siemens/ix-icons/icons';
import type { CustomSeriesRenderItem } from 'echarts';
import { drawSpans, type GanttShape, iconImage, shortNumber } from '../../ui/gantt-box.ts';
import { type Palette, priorityColor } from '../../ui/palette.ts';
import type { ClosedSpan, WorkBar } from './schedule-rows.ts';

/** Narrower bars carry no text: it would be cut to nothing. */
const TEXT_FROM_PX = 40;
const LOCK_PX = 12;
/** Between the slanted lines of a set-up. */
const STRIPE_PX = 6;
/** A stripe more or less tells nothing, and thousands of them cost. */
const STRIPES_MAX = 60;
const LATE_PX = 4;

/** Run filled, set-up striped, late with a red edge, pinned with a lock, running with a strong outline. */
export function workBar(
  palette: Palette,
  bars: readonly WorkBar[],
  selected: string | null,
): CustomSeriesRenderItem {
  const lock = iconImage(iconLock, palette.page);
  return drawSpans(bars, {}, (bar, { x, y, width, height, middle }, at) => {
    const color = priorityColor(palette, bar.order.priority);
    const runX = at(bar.runFrom);
    const runWidth = Math.max(0, x + width - runX);
    const isSelected = bar.work.productionOrderId === selected;
    const isRunning = bar.work.state === 'running';
    const lockWidth = bar.pinned && runWidth > LOCK_PX + 6 ? LOCK_PX + 4 : 0;
    return [
      ...setUpShapes(color, { x, y, width: runX - x, height }),
      {
        type: 'rect',
        shape: { x: runX, y, width: runWidth, height, r: 3 },
        style: { fill: color, opacity: isRunning ? 1 : 0.82 },
      },
      ...(bar.lateMs > 0
        ? [
            {
              type: 'rect',
              shape: { x: x + width - LATE_PX, y, width: LATE_PX, height },
              style: { fill: palette.alarm },
            },
          ]
        : []),
      {
        type: 'rect',
        shape: { x, y, width, height, r: 3 },
        style: {
          fill: 'none',
          stroke: isSelected || isRunning ? palette.text : color,
          lineWidth: isSelected ? 2.5 : isRunning ? 1.5 : 0,
        },
      },
      ...(lockWidth > 0
        ? [
            {
              type: 'image',
              style: { image: lock, x: runX + 3, y: middle - LOCK_PX / 2, width: LOCK_PX, height: LOCK_PX },
            },
          ]
        : []),
      ...(runWidth > TEXT_FROM_PX && height > 9
        ? [
            {
              type: 'text',
              style: {
                text: `${shortNumber(bar.order.orderNo)} ${bar.order.itemCode}`,
                x: runX + 5 + lockWidth,
                y: middle,
                verticalAlign: 'middle',
                // Light on the light scheme's deep colours, dark on the dark scheme's bright ones.
                fill: palette.page,
                font: `600 ${Math.min(11, height - 1)}px ${palette.font}`,
                width: runWidth - 12 - lockWidth,
                overflow: 'truncate',
              },
            },
          ]
        : []),
    ];
  });
}

type Area = Readonly<{ x: number; y: number; width: number; height: number }>;

/** Slanted lines in the order's colour: the machine is taken, and makes nothing yet. */
function setUpShapes(color: string, { x, y, width, height }: Area): GanttShape[] {
  if (width < 1) return [];
  const stripes = Math.min(STRIPES_MAX, Math.ceil((width + height) / STRIPE_PX));
  const lines = Array.from({ length: stripes }, (_, n): GanttShape => {
    // From the top edge down to the left, cut at both ends of the area.
    const top = x + n * STRIPE_PX;
    const [x1, x2] = [Math.min(top, x + width), Math.max(top - height, x)];
    return {
      type: 'line',
      shape: { x1, y1: y + Math.max(0, top - x1), x2, y2: y + height - Math.max(0, x2 - (top - height)) },
      style: { stroke: color, lineWidth: 1.5 },
    };
  });
  return [{ type: 'rect', shape: { x, y, width, height }, style: { fill: color, opacity: 0.22 } }, ...lines];
}

/** Outside the shift a shade, blocked a darker one, held for others a dashed frame. */
export function closedTime(palette: Palette, closed: readonly ClosedSpan[]): CustomSeriesRenderItem {
  return drawSpans(closed, { fill: 1, heightMax: 200 }, ({ kind }, { x, y, width, height }) => [
    kind === 'held'
      ? {
          type: 'rect',
          shape: { x, y: y + 3, width, height: height - 6, r: 3 },
          style: {
            fill: palette.neutral,
            opacity: 0.25,
            stroke: palette.soft,
            lineDash: [4, 3],
            lineWidth: 1,
          },
        }
      : {
          type: 'rect',
          shape: { x, y, width, height },
          style: {
            fill: kind === 'blocked' ? palette.alarm : palette.weak,
            opacity: kind === 'blocked' ? 0.22 : 0.16,
          },
        },
  ]);
}
