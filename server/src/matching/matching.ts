import type { AllocationState, Lock } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import type { App, Refusal, Tx } from '../kernel/index.ts';

export interface StoredSubLot {
  readonly machineId: string;
  readonly machineCode: string;
  readonly stepIndex: number;
  /** Pieces. */
  readonly quantity: number;
  readonly setUpMs: number;
  readonly startAt: number;
  readonly endAt: number;
}

/** Part of a line given to a site, as stored; instants are domain time. */
export interface StoredAllocation {
  readonly networkId: string;
  readonly id: string;
  readonly lineId: string;
  readonly orderId: string;
  readonly orderNo: string;
  readonly lineNo: number;
  readonly itemId: string;
  readonly siteId: string;
  readonly workCenterId: string;
  readonly capabilityId: string;
  readonly factoryOrganisationId: string;
  readonly buyerOrganisationId: string;
  readonly runId: string;
  /** Pieces; shrinks when a part is recalled. */
  readonly quantity: number;
  readonly state: AllocationState;
  readonly lock: Lock;
  readonly origin: 'auto' | 'operator';
  readonly priority: number;
  readonly startAt: number;
  readonly finishAt: number;
  readonly arriveAt: number;
  readonly requestedAt: number;
  readonly costMinor: number;
  readonly currency: string;
  /** Objective points by term. */
  readonly terms: Readonly<Record<string, number>>;
  /** Domain instant at which an unanswered offer expires. */
  readonly offerExpiresAt: number | null;
  readonly subLots: readonly StoredSubLot[];
}

/** An accepted allocation at another time; its machines are freed from some instant on and held as said. */
export interface Retimed {
  readonly allocationId: string;
  readonly lineId: string;
  /** All of them, also those that are done. */
  readonly subLots: readonly StoredSubLot[];
  /** What is to be reserved from then on; outside other work, so that nothing is overbooked. */
  readonly held: readonly HeldTime[];
}

/** One machine taken in [from, to) for pieces that are still to be made. */
export interface HeldTime {
  readonly machineId: string;
  readonly from: number;
  readonly to: number;
  readonly quantity: number;
}

export interface Matching {
  routes(app: App): void;
  stop(): Promise<void>;
  allocation(tx: Tx, id: string): Promise<StoredAllocation | undefined>;
  acceptAllocation(actor: Actor, id: string): Promise<StoredAllocation | Refusal>;
  declineAllocation(
    actor: Actor,
    id: string,
    reason: string,
    note?: string,
  ): Promise<StoredAllocation | Refusal>;
  /** accepted → in-production; nothing happens when it already is. Network scope. */
  startProduction(tx: Tx, allocationId: string): Promise<Refusal | undefined>;
  /**
   * in-production (or accepted) → produced: frees the machines from now on; pieces that are missing to the allocation's
   * quantity go back to the line and are planned again. Network scope.
   */
  completeAllocation(tx: Tx, allocationId: string, goodQuantity: number): Promise<Refusal | undefined>;
  /**
   * Takes back what is not yet produced: frees the machines from now on, gives the pieces back to the line and asks for a
   * run. With `keptQuantity` 0 the allocation ends as `recalled`; otherwise it goes on with that quantity, and
   * `completeAllocation` ends it. Network scope.
   */
  recall(
    tx: Tx,
    networkId: string,
    allocationId: string,
    keptQuantity: number,
    reason: string,
  ): Promise<Refusal | undefined>;
  /**
   * Moves accepted work of a factory, from the instant on, to other times and machines of the same site, all or nothing: refuses with `overbooked`,
   * `date-locked` or `allocation-not-open`. What the lines expect follows. Network scope.
   */
  retime(
    tx: Tx,
    networkId: string,
    fromMs: number,
    retimed: readonly Retimed[],
  ): Promise<Refusal | undefined>;
  /** Plans whatever waits in the network now, instead of at the next turn; for tests and orderly hand-over. */
  settle(networkId: string): Promise<void>;
}
