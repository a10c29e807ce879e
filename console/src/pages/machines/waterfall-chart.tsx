import type { MachineDay } from '@millrace/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { minutes, number } from '../../ui/format.ts';
import { type Palette, usePalette } from '../../ui/palette.ts';
import { type Step, waterfallOf } from './waterfall.ts';

export function WaterfallChart({ day }: { readonly day: MachineDay }) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  // biome-ignore lint/correctness/useExhaustiveDependencies: words change with the language
  const option = useMemo(() => {
    const steps = waterfallOf(day);
    return {
      animation: false,
      grid: { left: 124, right: 56, top: 4, bottom: 22 },
      tooltip: {
        ...tooltipStyle(palette),
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        formatter: (parts: readonly { dataIndex: number }[]) => {
          const step = steps[parts[0]?.dataIndex ?? 0];
          if (!step) return '';
          return `<strong>${t(`waterfall.${step.name}`)}</strong><br>${t(`waterfall-meaning.${step.name}`)}`;
        },
      },
      xAxis: {
        type: 'value',
        axisLabel: { color: palette.soft, hideOverlap: true, formatter: (value: number) => number(value) },
        splitLine: { lineStyle: { color: palette.faint } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: steps.map(({ name }) => t(`waterfall.${name}`)),
        axisLabel: { color: palette.text, fontSize: 12 },
        axisLine: { show: false },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'bar',
          stack: 'step',
          silent: true,
          itemStyle: { color: 'transparent' },
          data: steps.map(({ from, to }) => Math.min(from, to)),
        },
        {
          type: 'bar',
          stack: 'step',
          barWidth: '72%',
          data: steps.map((step) => ({
            value: Math.abs(step.to - step.from),
            itemStyle: { color: colorOf(step, palette), borderRadius: 2 },
          })),
          label: {
            show: true,
            position: 'right',
            color: palette.text,
            formatter: ({ dataIndex }: { dataIndex: number }) => labelOf(steps[dataIndex]),
          },
        },
      ],
    };
  }, [day, palette, i18n.language]);
  return <Chart option={option} label={t('machine.waterfall')} className="waterfall-chart" />;
}

function labelOf(step: Step | undefined): string {
  if (!step) return '';
  const span = minutes(Math.abs(step.to - step.from));
  if (step.kind === 'total' || Math.round(step.to) === Math.round(step.from)) return span;
  return step.to > step.from ? `+${span}` : `−${span}`;
}

function colorOf(step: Step, palette: Palette): string {
  if (step.name === 'good') return palette.available;
  if (step.kind === 'total') return palette.primary;
  if (step.to > step.from) return palette.available;
  const colors: Record<string, string> = {
    down: palette.p0,
    scrap: palette.p0,
    setup: palette.p1,
    speed: palette.p1,
    idle: palette.committed,
  };
  return colors[step.name] ?? palette.unattainable;
}
