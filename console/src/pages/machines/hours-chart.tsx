import type { LiveMachine, MachineDay } from '@millrace/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useRate } from '../../api/machines.ts';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { compact, instant, number } from '../../ui/format.ts';
import { usePalette } from '../../ui/palette.ts';

type Props = Readonly<{ day: MachineDay; machine: LiveMachine | undefined }>;

/** Pieces of every hour, held against the rate the plan reckons with. */
export function HoursChart({ day, machine }: Props) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  const rate = useRate(machine?.workCenterId, machine?.itemCode, day.from);
  const perHour = rate.data?.usedPerHour;
  // biome-ignore lint/correctness/useExhaustiveDependencies: words change with the language
  const option = useMemo(
    () => ({
      animation: false,
      grid: { left: 52, right: 12, top: 28, bottom: 26 },
      tooltip: {
        ...tooltipStyle(palette),
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (value: unknown) => t('quantity.pieces', { quantity: number(Number(value)) }),
      },
      xAxis: {
        type: 'category',
        data: day.hours.map(({ from }) => instant(from, 'time', day.zone)),
        axisLabel: { color: palette.soft, fontSize: 11 },
        axisLine: { lineStyle: { color: palette.border } },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'value',
        name: t('unit.pieces'),
        nameTextStyle: { color: palette.weak, align: 'left', padding: [0, 0, 0, -40] },
        axisLabel: { color: palette.soft, formatter: (value: number) => compact(value) },
        splitLine: { lineStyle: { color: palette.faint } },
      },
      series: [
        {
          type: 'bar',
          name: t('machine.pieces'),
          data: day.hours.map(({ count }) => count),
          itemStyle: { color: palette.primary, borderRadius: [2, 2, 0, 0] },
          ...(perHour === undefined
            ? {}
            : {
                markLine: {
                  symbol: 'none',
                  lineStyle: { color: palette.p1, type: 'dashed' },
                  label: {
                    position: 'insideEndTop',
                    color: palette.text,
                    formatter: t('machine.rate', { rate: number(perHour) }),
                  },
                  data: [{ yAxis: perHour }],
                },
              }),
        },
      ],
    }),
    [day, perHour, palette, i18n.language],
  );
  return <Chart option={option} label={t('machine.hours')} className="hours-chart" />;
}
