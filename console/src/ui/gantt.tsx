import type { CustomSeriesRenderItem } from 'echarts';
import type { EChartsType } from 'echarts/core';
import { useCallback, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart, tooltipStyle } from './chart.tsx';
import { instant } from './format.ts';
import type { GanttRow, GanttSpan } from './gantt-box.ts';
import { BARS_ID, type GanttDrop, listenToBars } from './gantt-drag.ts';
import { type Palette, usePalette } from './palette.ts';

/** Height of a lane, px: a bar that a finger or a tired eye still hits. */
const LANE_PX = 22;
/** Room for the names of lanes (wide and narrow windows), and for the slider. */
const GRID_LEFT_PX = 168;
const GRID_LEFT_NARROW_PX = 108;
const GRID_RIGHT_PX = 26;
/** Between the names and the plot. */
const NAME_GAP_PX = 14;
const REPLACED = ['series', 'yAxis'];
/** Place in `dataZoom` of the part that scrolls the lanes. */
const LANE_ZOOM = 2;
/** … and of the part that moves through time. */
const TIME_ZOOM = 0;
const HOUR_MS = 3_600_000;

/** What lies behind the bars and cannot be taken in hand: shifts, blocks. */
export type Backdrop = Readonly<{ spans: readonly GanttSpan[]; renderItem: CustomSeriesRenderItem }>;
/** A vertical line, with a word unless the legend says it. */
export type GanttMark = Readonly<{ at: number; text?: string; color: string; dashed?: boolean }>;

type Props<B extends GanttSpan> = Readonly<{
  label: string;
  rows: readonly GanttRow[];
  bars: readonly B[];
  renderItem: CustomSeriesRenderItem;
  backdrop?: Backdrop | undefined;
  from: number;
  to: number;
  marks: readonly GanttMark[];
  /** Lanes are named by short codes: leaves them less room. */
  narrow?: boolean;
  /** What has happened before now that explains the present, ms. */
  lookBackMs: number;
  now: number;
  canDrag: (bar: B) => boolean;
  grabbable: boolean;
  tip: (bar: B) => string;
  onSelect: (bar: B) => void;
  onDrop: (drop: GanttDrop<B>) => void;
}>;

/** Bars in lanes over time, with a line for now; wheel and sliders move through lanes and time. */
export function Gantt<B extends GanttSpan>(props: Props<B>) {
  const { label, rows, bars, renderItem, backdrop, from, to, marks, grabbable, tip } = props;
  const { i18n } = useTranslation();
  const palette = usePalette();
  const left = props.narrow ? GRID_LEFT_NARROW_PX : GRID_LEFT_PX;
  const current = useRef({ ...props, left });
  current.current = { ...props, left };
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and dates change with the language
  const option = useMemo(
    () => ({
      animation: false,
      grid: { left, right: GRID_RIGHT_PX, top: 26, bottom: 40 },
      tooltip: {
        ...tooltipStyle(palette),
        renderMode: 'richText',
        formatter: ({ dataIndex, seriesId }: { dataIndex: number; seriesId: string }) => {
          const bar = seriesId === BARS_ID ? bars[dataIndex] : undefined;
          return bar ? tip(bar) : '';
        },
      },
      ...axes(palette, rows, { from, to, left }),
      dataZoom: zooms(palette),
      series: [
        ...(backdrop
          ? [
              {
                id: 'backdrop',
                type: 'custom',
                clip: true,
                silent: true,
                renderItem: backdrop.renderItem,
                encode: { x: [0, 1], y: 2 },
                data: backdrop.spans.map((span) => [span.from, span.to, span.row]),
              },
            ]
          : []),
        {
          id: BARS_ID,
          type: 'custom',
          clip: true,
          renderItem,
          encode: { x: [0, 1], y: 2 },
          data: bars.map((bar) => [bar.from, bar.to, bar.row]),
          cursor: grabbable ? 'grab' : 'pointer',
          markLine: markLines(marks),
        },
      ],
    }),
    [rows, bars, renderItem, backdrop, from, to, marks, grabbable, tip, left, palette, i18n.language],
  );
  const onReady = useCallback((chart: EChartsType) => {
    const lanes = Math.max(4, Math.floor((chart.getHeight() - 70) / LANE_PX));
    // After the first option has been set: the window of lanes is the reader's from then on, not the option's.
    queueMicrotask(() => {
      if (chart.isDisposed()) return;
      chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: LANE_ZOOM, startValue: 0, endValue: lanes });
      chart.dispatchAction({
        type: 'dataZoom',
        dataZoomIndex: TIME_ZOOM,
        ...firstWindow(current.current, chart.getWidth()),
      });
    });
    chart.on('finished', () => tellWhere(chart, current.current.bars, current.current.left));
    return listenToBars<B>(chart, {
      bars: () => current.current.bars,
      onSelect: (bar) => current.current.onSelect(bar),
      onDrop: (drop) => current.current.onDrop(drop),
      canDrag: (bar) => current.current.canDrag(bar),
    });
  }, []);
  return <Chart option={option} label={label} className="gantt" onReady={onReady} replace={REPLACED} />;
}

function axes(palette: Palette, rows: readonly GanttRow[], at: { from: number; to: number; left: number }) {
  return {
    xAxis: {
      type: 'time',
      position: 'top',
      min: at.from,
      max: at.to,
      axisLabel: {
        color: palette.soft,
        hideOverlap: true,
        formatter: (when: number) => instant(when, new Date(when).getHours() === 0 ? 'short-day' : 'time'),
      },
      axisLine: { lineStyle: { color: palette.border } },
      splitLine: { show: true, lineStyle: { color: palette.faint } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ label }) => label),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: palette.border } },
      axisLabel: {
        color: palette.text,
        interval: 0,
        width: at.left - NAME_GAP_PX,
        overflow: 'truncate',
        fontSize: 12,
      },
      splitLine: {
        show: true,
        interval: (index: number) => rows[index + 1]?.first ?? false,
        lineStyle: { color: palette.faint },
      },
    },
  };
}

function zooms(palette: Palette) {
  const slider = { type: 'slider', filterMode: 'none', showDetail: false, borderColor: palette.border };
  const inside = { type: 'inside', filterMode: 'none' };
  return [
    {
      ...inside,
      xAxisIndex: 0,
      zoomOnMouseWheel: 'ctrl',
      moveOnMouseMove: false,
      moveOnMouseWheel: 'shift',
    },
    { ...slider, xAxisIndex: 0, height: 16, bottom: 8 },
    { ...inside, yAxisIndex: 0, zoomOnMouseWheel: false, moveOnMouseMove: false, moveOnMouseWheel: true },
    { ...slider, yAxisIndex: 0, width: 12, right: 6 },
  ];
}

function markLines(marks: readonly GanttMark[]) {
  return {
    symbol: 'none',
    silent: true,
    data: marks.map(({ at, text, color, dashed }) => ({
      xAxis: at,
      lineStyle: { color, width: 1.5, type: dashed ? 'dashed' : 'solid' },
      label: { show: text !== undefined, formatter: text ?? '', color, position: 'end', rotate: 0 },
    })),
  };
}

/** On a phone a week would be a blur: the first look is at two days. */
const PHONE_PX = 600;
const PHONE_LOOK_MS = 48 * HOUR_MS;
/** Share of the bars that the first look must hold: one order far in the future shall not squeeze this week. */
const FIRST_LOOK_SHARE = 0.95;

/** What is looked at first: from the near past to (nearly) the last thing planned. The slider shows the rest. */
function firstWindow<B extends GanttSpan>(
  { bars, now, to, from, lookBackMs }: Props<B>,
  widthPx: number,
): { startValue: number; endValue: number } {
  const farthest = widthPx < PHONE_PX ? now + PHONE_LOOK_MS : to;
  const ends = bars.map((bar) => bar.to).sort((a, b) => a - b);
  const last = Math.max(now + 24 * HOUR_MS, ends[Math.floor((ends.length - 1) * FIRST_LOOK_SHARE)] ?? 0);
  return {
    startValue: Math.max(from, now - lookBackMs),
    endValue: Math.min(to, farthest, last + 6 * HOUR_MS),
  };
}

/** Where the first bar is, for tests that drag it: nothing in a canvas can be found by name. */
function tellWhere(chart: EChartsType, bars: readonly GanttSpan[], gridLeft: number): void {
  const bar = bars.find(({ row }) => row === 0);
  const element = chart.getDom();
  if (!bar) return;
  const [left = 0, y = 0] = chart.convertToPixel({ gridIndex: 0 }, [bar.from, bar.row]);
  const [right = 0] = chart.convertToPixel({ gridIndex: 0 }, [bar.to, bar.row]);
  const x = (Math.max(left, gridLeft) + Math.min(right, chart.getWidth() - GRID_RIGHT_PX)) / 2;
  element.dataset.firstBar = `${Math.round(x)},${Math.round(y)}`;
  element.dataset.ready = 'true';
}
