/** What the machines do, by dosage form of the source. */
export interface Process {
  readonly code: string;
  readonly name: string;
  readonly machineName: string;
  readonly forms: RegExp;
  /** Packs per running hour of one machine, before the machine's own factor; chosen for the demonstration. */
  readonly ratePerHour: number;
  readonly setUpMinutes: number;
  readonly minimumLot: number;
  /** Machines against the process's share of the demand: sites that work fewer shifts need more of them. */
  readonly machineFactor: number;
}

export const PROCESSES: readonly Process[] = [
  {
    code: 'KIT',
    name: 'Test kit assembly',
    machineName: 'Kit line',
    forms: /^Test kit/,
    ratePerHour: 260,
    setUpMinutes: 30,
    minimumLot: 10,
    machineFactor: 1.5,
  },
  {
    code: 'CAPSULE',
    name: 'Capsule filling and blistering',
    machineName: 'Capsule filler',
    forms: /capsule/i,
    ratePerHour: 600,
    setUpMinutes: 60,
    minimumLot: 50,
    machineFactor: 0.7,
  },
  {
    code: 'LIQUID',
    name: 'Liquid filling',
    machineName: 'Bottle filler',
    forms: /solution|suspension|oral powder/i,
    ratePerHour: 420,
    setUpMinutes: 75,
    minimumLot: 50,
    machineFactor: 1,
  },
  {
    code: 'STERILE',
    name: 'Sterile filling',
    machineName: 'Vial filler',
    forms: /injection/i,
    ratePerHour: 260,
    setUpMinutes: 90,
    minimumLot: 20,
    machineFactor: 1,
  },
  {
    code: 'TABLET',
    name: 'Tablet pressing and packing',
    machineName: 'Tablet press',
    forms: /./,
    ratePerHour: 720,
    setUpMinutes: 45,
    minimumLot: 50,
    machineFactor: 1,
  },
];

export function processOf(form: string): Process {
  const found = PROCESSES.find((process) => process.forms.test(form));
  if (!found) throw new RangeError(`no process for the dosage form "${form}"`);
  return found;
}
