import type { MachineState } from '@millrace/contract';
import type { Palette } from '../../ui/palette.ts';

export function stateColor(palette: Palette, state: MachineState): string {
  const colors: Record<MachineState, string> = {
    running: palette.available,
    idle: palette.committed,
    setup: palette.p1,
    down: palette.p0,
    off: palette.unattainable,
    unknown: palette.faint,
  };
  return colors[state];
}
