import type { Allocation } from '@millrace/contract';
import type { EChartsType } from 'echarts/core';
import { useCallback, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { instant, number } from '../../ui/format.ts';
import { usePalette } from '../../ui/palette.ts';
import { ganttBar } from './gantt-bar.ts';
import { type Drop, listenToBars } from './gantt-drag.ts';
import type { Gantt } from './gantt-rows.ts';

/** Height of a lane, px: a bar that a finger or a tired eye still hits. */
const LANE_PX = 22;
/** Room for the names of sites, and for the slider. */
const GRID_LEFT_PX = 168;
const GRID_RIGHT_PX = 26;
const REPLACED = ['series', 'yAxis'];
/** Place in `dataZoom` of the part that scrolls the lanes. */
const LANE_ZOOM = 2;
/** … and of the part that moves through time. */
const TIME_ZOOM = 0;
const HOUR_MS = 3_600_000;
/** As much of the past as explains the present. */
const LOOK_BACK_MS = 18 * HOUR_MS;

type Props = Readonly<{
  gantt: Gantt;
  from: number;
  to: number;
  now: number;
  selected: string | null;
  /** Lines to stand out; null = all alike. */
  marked: ReadonlySet<string> | null;
  draggable: boolean;
  onSelect: (allocation: Allocation) => void;
  onDrop: (drop: Drop) => void;
}>;

export function GanttChart({ gantt, from, to, now, selected, marked, draggable, onSelect, onDrop }: Props) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  const window = useMemo(() => firstWindow(gantt, now, to), [gantt, now, to]);
  const current = useRef({ gantt, onSelect, onDrop, draggable, window });
  current.current = { gantt, onSelect, onDrop, draggable, window };
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and dates change with the language
  const option = useMemo(() => {
    const { rows, bars } = gantt;
    return {
      animation: false,
      grid: { left: GRID_LEFT_PX, right: GRID_RIGHT_PX, top: 26, bottom: 40 },
      tooltip: {
        ...tooltipStyle(palette),
        renderMode: 'richText',
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const bar = bars[dataIndex];
          return bar ? tipOf(bar.allocation, t) : '';
        },
      },
      xAxis: {
        type: 'time',
        position: 'top',
        min: from,
        max: to,
        axisLabel: {
          color: palette.soft,
          hideOverlap: true,
          formatter: (at: number) => instant(at, new Date(at).getHours() === 0 ? 'short-day' : 'time'),
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
        axisLabel: { color: palette.text, interval: 0, width: 154, overflow: 'truncate', fontSize: 12 },
        splitLine: {
          show: true,
          interval: (index: number) => rows[index + 1]?.first ?? false,
          lineStyle: { color: palette.faint },
        },
      },
      dataZoom: [
        {
          type: 'inside',
          xAxisIndex: 0,
          filterMode: 'none',
          zoomOnMouseWheel: 'ctrl',
          moveOnMouseMove: false,
          moveOnMouseWheel: 'shift',
        },
        {
          type: 'slider',
          xAxisIndex: 0,
          filterMode: 'none',
          height: 16,
          bottom: 8,
          showDetail: false,
          borderColor: palette.border,
        },
        {
          type: 'inside',
          yAxisIndex: 0,
          filterMode: 'none',
          zoomOnMouseWheel: false,
          moveOnMouseMove: false,
          moveOnMouseWheel: true,
        },
        {
          type: 'slider',
          yAxisIndex: 0,
          filterMode: 'none',
          width: 12,
          right: 6,
          showDetail: false,
          borderColor: palette.border,
        },
      ],
      series: [
        {
          type: 'custom',
          clip: true,
          renderItem: ganttBar(palette, bars, { selected, marked }),
          encode: { x: [0, 1], y: 2 },
          data: bars.map((bar) => [bar.from, bar.to, bar.row]),
          cursor: draggable ? 'grab' : 'pointer',
          markLine: {
            symbol: 'none',
            silent: true,
            data: [{ xAxis: now }],
            lineStyle: { color: palette.p1, width: 1.5, type: 'solid' },
            label: { formatter: t('matching.now'), color: palette.p1, position: 'end', rotate: 0 },
          },
        },
      ],
    };
  }, [gantt, from, to, now, selected, marked, draggable, palette, i18n.language]);
  const onReady = useCallback((chart: EChartsType) => {
    const lanes = Math.max(4, Math.floor((chart.getHeight() - 70) / LANE_PX));
    // After the first option has been set: the window of lanes is the reader's from then on, not the option's.
    queueMicrotask(() => {
      if (chart.isDisposed()) return;
      chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: LANE_ZOOM, startValue: 0, endValue: lanes });
      chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: TIME_ZOOM, ...current.current.window });
    });
    chart.on('finished', () => tellWhere(chart, current.current.gantt));
    return listenToBars(chart, {
      gantt: () => current.current.gantt,
      onSelect: (bar) => current.current.onSelect(bar.allocation),
      onDrop: (drop) => current.current.onDrop(drop),
      canDrag: () => current.current.draggable,
    });
  }, []);
  return (
    <Chart
      option={option}
      label={t('matching.gantt')}
      className="gantt"
      onReady={onReady}
      replace={REPLACED}
    />
  );
}

/** Share of the bars that the first look must hold: one order far in the future shall not squeeze this week. */
const FIRST_LOOK_SHARE = 0.95;

/** What is looked at first: from yesterday to (nearly) the last thing planned. The slider shows the rest. */
function firstWindow({ bars }: Gantt, now: number, to: number): { startValue: number; endValue: number } {
  const ends = bars.map((bar) => bar.to).sort((a, b) => a - b);
  const last = Math.max(now + 24 * HOUR_MS, ends[Math.floor((ends.length - 1) * FIRST_LOOK_SHARE)] ?? 0);
  return { startValue: now - LOOK_BACK_MS, endValue: Math.min(to, last + 6 * HOUR_MS) };
}

/** Where the first bar is, for tests that drag it: nothing in a canvas can be found by name. */
function tellWhere(chart: EChartsType, { bars }: Gantt): void {
  const bar = bars.find(({ row }) => row === 0);
  const element = chart.getDom();
  if (!bar) return;
  const [left = 0, y = 0] = chart.convertToPixel({ gridIndex: 0 }, [bar.from, bar.row]);
  const [right = 0] = chart.convertToPixel({ gridIndex: 0 }, [bar.to, bar.row]);
  const x = (Math.max(left, GRID_LEFT_PX) + Math.min(right, chart.getWidth() - GRID_RIGHT_PX)) / 2;
  element.dataset.firstBar = `${Math.round(x)},${Math.round(y)}`;
  element.dataset.ready = 'true';
}

function tipOf(allocation: Allocation, t: ReturnType<typeof useTranslation>['t']): string {
  return [
    `${allocation.orderNo} · P${allocation.priority} · ${t(`allocation-state.${allocation.state}`)}`,
    allocation.itemName,
    `${allocation.siteName} · ${t('quantity.pieces', { quantity: number(allocation.quantity) })}`,
    `${instant(allocation.startAt)} → ${instant(allocation.finishAt)}`,
    allocation.lock === 'none' ? '' : t(`lock.${allocation.lock}`),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
