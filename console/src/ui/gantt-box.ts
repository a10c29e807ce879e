import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';

/** A stretch of time in a lane; [from, to), row counts from 0 at the top. */
export type GanttSpan = Readonly<{ row: number; from: number; to: number }>;
/** A lane. `first` draws a line above it: another machine or site begins. */
export type GanttRow = Readonly<{ label: string; first: boolean }>;

/** Pixels of the visible part of a span. */
export type GanttBox = Readonly<{ x: number; y: number; width: number; height: number; middle: number }>;
export type GanttShape = Readonly<Record<string, unknown>>;

/** Share of a lane that a bar fills. */
const FILL = 0.78;
/** A plan of two lanes is not a wall of colour. */
const HEIGHT_MAX_PX = 26;
const WIDTH_MIN_PX = 3;

type Params = Parameters<CustomSeriesRenderItem>[0];
type Api = Parameters<CustomSeriesRenderItem>[1];

/** Draws each span by `shapes`, which gets its visible box and `at`: where an instant lies, px. */
export function drawSpans<S extends GanttSpan>(
  spans: readonly S[],
  look: Readonly<{ fill?: number; heightMax?: number }>,
  shapes: (span: S, box: GanttBox, at: (instant: number) => number) => readonly GanttShape[],
): CustomSeriesRenderItem {
  return (params, api) => {
    const span = spans[params.dataIndex];
    const box = span && boxOf(params, api, span, look.fill ?? FILL, look.heightMax ?? HEIGHT_MAX_PX);
    if (!span || !box) return null;
    const at = (instant: number): number => {
      const [x = 0] = api.coord([instant, span.row]);
      return Math.min(box.x + box.width, Math.max(box.x, x));
    };
    // ECharts' own types name every kind of shape apart; ours are plain rectangles, lines and texts.
    return { type: 'group', children: [...shapes(span, box, at)] } as unknown as CustomSeriesRenderItemReturn;
  };
}

function boxOf(
  params: Params,
  api: Api,
  span: GanttSpan,
  fill: number,
  heightMax: number,
): GanttBox | undefined {
  const [left = 0, middle = 0] = api.coord([span.from, span.row]);
  const [right = 0] = api.coord([span.to, span.row]);
  // The plot's own rectangle: ECharts hands it to custom series of a Cartesian system.
  const plot = params.coordSys as unknown as { x: number; width: number };
  if (right < plot.x || left > plot.x + plot.width) return undefined;
  const height = Math.min(heightMax, Math.max(4, sizeOf(api.size?.([0, 1])) * fill));
  const x = Math.max(left, plot.x);
  const width = Math.max(WIDTH_MIN_PX, Math.min(right, plot.x + plot.width) - x);
  return { x, y: middle - height / 2, width, height, middle };
}

function sizeOf(size: number | number[] | undefined): number {
  return Array.isArray(size) ? (size[1] ?? 0) : (size ?? 0);
}

/** An icon of iX as an image that a canvas can draw. */
export function iconImage(icon: string, color: string): string {
  const svg = icon
    .slice(icon.indexOf(',') + 1)
    .replaceAll(/<(svg|g)([^>]*) fill='none'/g, `<$1$2 fill='${color}'`);
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** `SO-2026-000109` → `#109`: a bar has room for what tells orders apart; the tip has the whole number. */
export function shortNumber(orderNo: string): string {
  return `#${orderNo.replace(/^.*-0*(?=\d)/, '')}`;
}
