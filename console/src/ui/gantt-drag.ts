import type { EChartsType } from 'echarts/core';
import { echarts } from './echarts.ts';
import type { GanttSpan } from './gantt-box.ts';

/** A hand trembles; less than this is a click. */
const DRAG_FROM_PX = 6;

/** Where a bar was let go: the lane under the hand, and by how much it moved in time, ms. */
export type GanttDrop<B> = Readonly<{ bar: B; row: number; shiftMs: number }>;
type Handlers<B> = Readonly<{
  bars: () => readonly B[];
  onSelect: (bar: B) => void;
  onDrop: (drop: GanttDrop<B>) => void;
  canDrag: (bar: B) => boolean;
}>;
type Ghost = Parameters<ReturnType<EChartsType['getZr']>['add']>[0];
type Grip<B> = { bar: B; x: number; y: number; ghost: Ghost | null };

/** Click selects a bar, drag moves it in thought: what it would cost is asked before anything happens. */
export function listenToBars<B extends GanttSpan>(chart: EChartsType, handlers: Handlers<B>): () => void {
  const canvas = chart.getZr();
  let grip: Grip<B> | null = null;
  const place = (x: number, y: number) => {
    const [at = 0, row = 0] = chart.convertFromPixel({ gridIndex: 0 }, [x, y]);
    return { at, row: Math.max(0, Math.round(row)) };
  };
  const letGo = () => {
    if (grip?.ghost) canvas.remove(grip.ghost);
    grip = null;
  };
  chart.on('mousedown', ({ dataIndex, seriesId, event }) => {
    const bar = seriesId === BARS_ID ? handlers.bars()[dataIndex] : undefined;
    if (bar && event) grip = { bar, x: event.offsetX, y: event.offsetY, ghost: null };
  });
  const move = (event: { offsetX: number; offsetY: number }) => {
    if (!grip || !handlers.canDrag(grip.bar)) return;
    const dx = event.offsetX - grip.x;
    const dy = event.offsetY - grip.y;
    if (!grip.ghost && Math.hypot(dx, dy) < DRAG_FROM_PX) return;
    grip.ghost ??= ghostOf(chart, grip.bar);
    if (!grip.ghost.parent) canvas.add(grip.ghost);
    grip.ghost.attr({ x: dx, y: dy });
  };
  const up = (event: { offsetX: number; offsetY: number }) => {
    if (!grip) return;
    const { bar, ghost, x } = grip;
    letGo();
    if (!ghost) {
      handlers.onSelect(bar);
      return;
    }
    const to = place(event.offsetX, event.offsetY);
    handlers.onDrop({ bar, row: to.row, shiftMs: to.at - place(x, event.offsetY).at });
  };
  canvas.on('mousemove', move);
  canvas.on('mouseup', up);
  canvas.on('globalout', letGo);
  return letGo;
}

/** The series whose parts can be taken in hand; what is drawn behind them cannot. */
export const BARS_ID = 'bars';

function ghostOf(chart: EChartsType, bar: GanttSpan): Ghost {
  const [left = 0, middle = 0] = chart.convertToPixel({ gridIndex: 0 }, [bar.from, bar.row]);
  const [right = 0] = chart.convertToPixel({ gridIndex: 0 }, [bar.to, bar.row]);
  const rect = new echarts.graphic.Rect({
    shape: { x: left, y: middle - 8, width: right - left, height: 16, r: 3 },
    style: { fill: 'rgba(255,255,255,0.35)', stroke: '#ffffff', lineWidth: 1.5, lineDash: [4, 3] },
    z: 100,
    silent: true,
  });
  // The same class; its type files and exactOptionalPropertyTypes disagree about an unused field.
  return rect as unknown as Ghost;
}
