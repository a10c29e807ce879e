import type { MachineDay } from '@millrace/contract';

export type Step = Readonly<{
  /** Element of ISO 22400-2, or a loss between two of them. */
  name: string;
  kind: 'total' | 'loss';
  /** Minutes where the bar begins and ends. */
  from: number;
  to: number;
}>;

/** POT → PBT → APT → good standard time, with every loss between them named; minutes. */
export function waterfallOf(day: MachineDay): readonly Step[] {
  const { time, oee } = day;
  const steps: Step[] = [];
  let level = time.potMin;
  const total = (name: string, minutes: number) => {
    level = minutes;
    steps.push({ name, kind: 'total', from: 0, to: minutes });
  };
  const loss = (name: string, minutes: number) => {
    steps.push({ name, kind: 'loss', from: level, to: level - minutes });
    level -= minutes;
  };
  total('pot', time.potMin);
  loss('maintenance', time.apmtMin);
  total('pbt', time.pbtMin);
  loss('setup', time.austMin);
  loss('idle', time.adetMin);
  loss('down', time.adotMin);
  loss('unrecorded', time.unrecordedMin);
  total('apt', time.aptMin);
  const effectiveness = oee.effectiveness.value;
  const quality = oee.quality.value;
  if (effectiveness !== null && quality !== null) {
    loss('speed', time.aptMin * (1 - effectiveness));
    loss('scrap', time.aptMin * effectiveness * (1 - quality));
    total('good', time.aptMin * effectiveness * quality);
  }
  return steps;
}
