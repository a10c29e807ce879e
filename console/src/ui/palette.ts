import { useMemo } from 'react';
import { useColorScheme } from '../app/color-scheme.ts';

/** The theme's colours as values, because a canvas cannot read CSS variables. */
const VARIABLES = {
  text: '--theme-color-std-text',
  soft: '--theme-color-soft-text',
  weak: '--theme-color-weak-text',
  border: '--theme-color-soft-bdr',
  faint: '--theme-color-x-weak-bdr',
  page: '--theme-color-1',
  panel: '--theme-color-2',
  primary: '--theme-color-primary',
  success: '--theme-color-success',
  warning: '--theme-color-warning',
  critical: '--theme-color-critical',
  alarm: '--theme-color-alarm',
  info: '--theme-color-info',
  neutral: '--theme-color-neutral',
  land: '--console-land',
  shore: '--console-shore',
  used: '--console-used',
  committed: '--console-committed',
  available: '--console-available',
  unattainable: '--console-unattainable',
  p0: '--console-p0',
  p1: '--console-p1',
  p2: '--console-p2',
  p3: '--console-p3',
  p4: '--console-p4',
} as const;
export type Palette = Readonly<Record<keyof typeof VARIABLES, string>> & { readonly font: string };

export function usePalette(): Palette {
  const scheme = useColorScheme();
  // The scheme is not read inside, but every value changes with it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(readPalette, [scheme]);
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (variable: string) => style.getPropertyValue(variable).trim();
  const colors = Object.fromEntries(
    Object.entries(VARIABLES).map(([name, variable]) => [name, read(variable)]),
  );
  // Every key of VARIABLES is in the object by construction.
  return { ...colors, font: read('--console-font') } as Palette;
}

/** Colour of an order's priority, P0 first; the word stands beside it wherever it is used. */
export function priorityColor(palette: Palette, priority: number): string {
  return [palette.p0, palette.p1, palette.p2, palette.p3, palette.p4][priority] ?? palette.p4;
}
