import type { EdgeConnection, EdgeMachine, MachineState } from '@millrace/contract';

/** What a controller shows at a moment. */
export interface Reading {
  /** Pieces ever made; never falls while the demonstration runs. */
  readonly pieces: number;
  readonly state: MachineState;
  /** Meter of the machine, Wh ever used. */
  readonly energyWh: number;
}

/** How a gateway reads one machine of a far side. */
export type MachineMapping = Omit<EdgeMachine, 'machine' | 'timeZone'>;

/** Controllers of some machines, as a gateway finds them in the factory's network: a real protocol on a real socket. */
export interface FarSide {
  /** What the gateway's configuration says of it. */
  readonly connection: EdgeConnection;
  mapping(machine: string): MachineMapping;
  show(machine: string, reading: Reading): void;
  close(): Promise<void>;
}

/** `folder` is the far side's own, and outlives the process; `before` is how a gateway that runs already knows it. */
export type OpenFarSide = (
  machines: readonly string[],
  folder: string,
  before?: EdgeConnection,
) => Promise<FarSide>;

/** Wall time between two questions of a gateway: some seconds of the demonstration's clock. */
export const POLL_MS = 250;

/** What a controller without words has in its status register. */
const STATUS: Readonly<Record<MachineState, number>> = {
  off: 0,
  idle: 1,
  running: 2,
  setup: 3,
  down: 4,
  unknown: 9,
};
export const statusOf = (state: MachineState): number => STATUS[state];

/** Status register `status`, as rules. */
export const STATE_BY_STATUS: NonNullable<EdgeMachine['state']> = {
  from: 'rules',
  rules: (['running', 'idle', 'off', 'setup', 'down'] as const).map((state) => ({
    when: `status == ${STATUS[state]}`,
    state,
  })),
  otherwise: 'unknown',
};

/** Status as one of the platform's words in the tag `state`. */
export const STATE_BY_WORD: NonNullable<EdgeMachine['state']> = { from: 'signal', tag: 'state' };
