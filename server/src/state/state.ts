import type { LiveMachine } from '@millrace/contract';
import type { App, Tx } from '../kernel/index.ts';

/** What a machine is set to make from `at` on. */
export interface NewAssignment {
  readonly orgId: string;
  readonly machineId: string;
  readonly operationId: string;
  readonly itemId: string;
  readonly itemCode: string;
  /** Good pieces per running hour, as planned: ISO 22400 PRI is its inverse. */
  readonly ratePerHour: number;
  /** Pieces still to make. */
  readonly quantity: number;
  /** Domain instant. */
  readonly at: number;
}
export interface EndedAssignment {
  readonly orgId: string;
  readonly machineId: string;
  readonly operationId: string;
  readonly at: number;
}
export interface NewScrap {
  readonly orgId: string;
  readonly machineId: string;
  readonly at: number;
  readonly quantity: number;
}
export interface MachineCount {
  /** Pieces. */
  readonly count: number;
  readonly runningS: number;
}

/** Machines of one site as they are now. */
export interface SiteState {
  readonly siteId: string;
  readonly machines: number;
  readonly running: number;
  readonly down: number;
  /** With a record not older than the silence limit. */
  readonly connected: number;
}
export interface StateSummary {
  readonly machinesTotal: number;
  readonly machinesRunning: number;
  readonly machinesConnected: number;
  /** Σ good standard time ÷ Σ planned busy time of today so far, 0–1; null while no machine has a figure. */
  readonly oee: number | null;
  /** Every site that the transaction may see. */
  readonly sites: readonly SiteState[];
}

/** What state does for the modules after it. */
export interface State {
  routes(app: App): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The machine now, from memory; undefined for one that never reported and is in no network. For machinery: unfiltered. */
  live(machineId: string): LiveMachine | undefined;
  /** Pieces and running seconds of the minutes that begin in [from, to), by the minute rule, newest records included. */
  countBetween(tx: Tx, orgId: string, machineId: string, from: number, to: number): Promise<MachineCount>;
  /** These three feed effectiveness, plan of the day and quality; the transaction names the network. */
  startAssignment(tx: Tx, assignment: NewAssignment): Promise<void>;
  endAssignment(tx: Tx, assignment: EndedAssignment): Promise<void>;
  recordScrap(tx: Tx, scrap: NewScrap): Promise<void>;
  /** What the board shows; an organisation sees its own sites only. */
  summary(tx: Tx, networkId: string): Promise<StateSummary>;
  /** One full turn: rebuild what is out of date, tell what changed, roll up what has ended; for tests and orderly hand-over. */
  tick(): Promise<void>;
}
