import { resolveEChartThemeName } from '@siemens/ix-echarts';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef } from 'react';
import { useColorScheme } from '../app/color-scheme.ts';
import { echarts } from './echarts.ts';
import { usePalette } from './palette.ts';

type Props = Readonly<{
  option: EChartsCoreOption;
  /** What the picture says, for those who cannot see it. */
  label: string;
  className?: string;
  /** Component kinds whose parts are replaced instead of merged when the option changes. */
  replace?: readonly string[];
  /** Called once per chart, to listen to it; what it returns is called before the chart goes. */
  onReady?: (chart: EChartsType) => (() => void) | undefined;
}>;

export function Chart({ option, label, className = '', replace, onReady }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const scheme = useColorScheme();
  const palette = usePalette();
  const ready = useRef(onReady);
  ready.current = onReady;

  // A theme is fixed when a chart is made, so that the switch of the scheme makes a new one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: scheme is read by resolveEChartThemeName
  useEffect(() => {
    if (!element.current) return;
    const made = echarts.init(element.current, resolveEChartThemeName());
    chart.current = made;
    const leave = ready.current?.(made);
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element.current);
    return () => {
      leave?.();
      observer.disconnect();
      chart.current = null;
      made.dispose();
    };
  }, [scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new chart (scheme) needs the option again
  useEffect(() => {
    chart.current?.setOption(
      { backgroundColor: 'transparent', textStyle: { fontFamily: palette.font }, ...option },
      replace ? { replaceMerge: [...replace] } : {},
    );
  }, [option, replace, palette, scheme]);

  return <div ref={element} className={`chart ${className}`} role="img" aria-label={label} />;
}

/** Tooltip in the theme's colours; ECharts' own is white in both. */
export function tooltipStyle(palette: ReturnType<typeof usePalette>) {
  return {
    backgroundColor: palette.panel,
    borderColor: palette.border,
    textStyle: { color: palette.text, fontSize: 13 },
    confine: true,
  };
}
