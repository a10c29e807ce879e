import type { CapacityBucket } from '@millrace/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { calendarDay, compact, hours } from '../../ui/format.ts';
import { usePalette } from '../../ui/palette.ts';

const PARTS = ['used', 'committed', 'available', 'unattainable'] as const;

/** B2MML words, stacked per day: used + committed + available + unattainable = total. */
export function CapacityChart({ buckets }: { readonly buckets: readonly CapacityBucket[] }) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and numbers change with the language
  const option = useMemo(
    () => ({
      animation: false,
      grid: { left: 48, right: 8, top: 30, bottom: 24 },
      legend: {
        top: 0,
        right: 0,
        itemWidth: 12,
        itemHeight: 12,
        textStyle: { color: palette.soft, fontSize: 12 },
      },
      tooltip: {
        ...tooltipStyle(palette),
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (value: unknown) => hours(Number(value)),
      },
      xAxis: {
        type: 'category',
        data: buckets.map(({ day }) => calendarDay(day, 'short-day')),
        axisTick: { show: false },
        axisLabel: { color: palette.soft, fontSize: 11 },
        axisLine: { lineStyle: { color: palette.border } },
      },
      yAxis: {
        type: 'value',
        name: t('unit.machine-hours'),
        nameTextStyle: { color: palette.weak, fontSize: 11, align: 'left', padding: [0, 0, 0, -36] },
        axisLabel: { color: palette.soft, fontSize: 11, formatter: (value: number) => compact(value) },
        splitLine: { lineStyle: { color: palette.faint } },
        splitNumber: 3,
      },
      series: PARTS.map((part) => ({
        type: 'bar',
        stack: 'capacity',
        name: t(`capacity.${part}`),
        data: buckets.map((bucket) => Math.round(bucket[`${part}Min`] / 6) / 10),
        barMaxWidth: 36,
        itemStyle: {
          color: palette[part],
          ...(part === 'available' ? { borderColor: palette.success, borderWidth: 1 } : {}),
        },
      })),
    }),
    [buckets, palette, i18n.language],
  );
  return <Chart option={option} label={t('board.capacity')} />;
}
