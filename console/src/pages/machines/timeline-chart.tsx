import { MACHINE_STATES, type MachineDay } from '@millrace/contract';
import type { CustomSeriesRenderItem } from 'echarts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { duration, instant } from '../../ui/format.ts';
import { usePalette } from '../../ui/palette.ts';
import { stateColor } from './state-color.ts';

/** The day as one band of states over the shifts; wheel or pinch zooms. */
export function TimelineChart({ day }: { readonly day: MachineDay }) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  // biome-ignore lint/correctness/useExhaustiveDependencies: words change with the language
  const option = useMemo(() => {
    const time = (at: number) => instant(at, 'time', day.zone);
    return {
      animation: false,
      grid: { left: 12, right: 12, top: 24, bottom: 54 },
      tooltip: {
        ...tooltipStyle(palette),
        formatter: ({ value }: { value: readonly [number, number, string] }) =>
          `<strong>${value[2]}</strong><br>${time(value[0])} – ${time(value[1])} · ${duration(value[1] - value[0])}`,
      },
      legend: { show: false },
      xAxis: {
        type: 'time',
        min: day.from,
        max: day.to,
        axisLabel: { color: palette.soft, formatter: time, hideOverlap: true },
        axisLine: { lineStyle: { color: palette.border } },
        splitLine: { show: true, lineStyle: { color: palette.faint } },
      },
      yAxis: { type: 'value', min: 0, max: 1, show: false },
      dataZoom: [
        { type: 'inside', filterMode: 'weakFilter' },
        {
          type: 'slider',
          filterMode: 'weakFilter',
          height: 18,
          bottom: 6,
          borderColor: palette.border,
          showDetail: false,
        },
      ],
      series: [
        {
          type: 'custom',
          renderItem: band(0.04, 0.1),
          encode: { x: [0, 1] },
          data: day.shifts.map((shift) => ({
            value: [shift.from, shift.to, t('machine.shift', { name: shift.name })],
            itemStyle: { color: palette.soft },
          })),
        },
        {
          type: 'custom',
          renderItem: band(0.16, 0.96),
          encode: { x: [0, 1] },
          data: day.timeline.map((span) => ({
            value: [span.from, span.to, t(`machine-state.${span.state}`)],
            itemStyle: { color: stateColor(palette, span.state) },
          })),
        },
      ],
    };
  }, [day, palette, i18n.language]);
  return (
    <>
      <Chart option={option} label={t('machine.timeline')} className="timeline-chart" />
      <ul className="map-legend">
        {MACHINE_STATES.map((state) => (
          <li key={state}>
            <span className="site-shape" style={{ background: stateColor(palette, state) }} />
            {t(`machine-state.${state}`)}
          </li>
        ))}
        <li>
          <span className="site-shape" style={{ background: palette.soft, height: 4 }} />
          {t('machine.shifts')}
        </li>
      </ul>
    </>
  );
}

/** A rectangle from `value[0]` to `value[1]`, between two shares of the height. */
function band(bottom: number, top: number): CustomSeriesRenderItem {
  return (_params, api) => {
    const from = api.coord([api.value(0), top]);
    const to = api.coord([api.value(1), bottom]);
    const [x = 0, y = 0] = from;
    const width = Math.max(1, (to[0] ?? 0) - x);
    return {
      type: 'rect',
      shape: { x, y, width, height: (to[1] ?? 0) - y },
      style: { fill: api.visual('color') ?? 'none' },
    };
  };
}
