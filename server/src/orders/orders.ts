import type {
  LineState,
  NewOrder,
  Order,
  OrderRow,
  OrderState,
  OrderStep,
  Position,
} from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import type { App, Refusal, Tx } from '../kernel/index.ts';

/** A line with what planning and delivery need of its order. Instants are domain time, quantities pieces. */
export interface StoredLine {
  readonly networkId: string;
  readonly id: string;
  readonly orderId: string;
  readonly orderNo: string;
  readonly orderState: OrderState;
  readonly lineNo: number;
  readonly buyerOrganisationId: string;
  readonly buyerName: string;
  readonly destination: { readonly name: string; readonly position: Position };
  readonly itemId: string;
  readonly itemCode: string;
  readonly itemName: string;
  /** As ordered. */
  readonly quantity: number;
  /** Called off before it was produced. */
  readonly cancelledQuantity: number;
  readonly requestedAt: number;
  /** 0 is the most urgent. */
  readonly priority: number;
  readonly splitAllowed: boolean;
  readonly minimumShipment: number;
  readonly state: LineState;
  /** No place was found for the rest when it was planned last. */
  readonly unplaceable: boolean;
  readonly promisedAt: number | null;
  readonly projectedAt: number | null;
  readonly submittedAt: number;
  /** With sites now, whether produced already or not; to place = quantity − cancelled − allocated. */
  readonly allocatedQuantity: number;
  readonly producedQuantity: number;
  readonly shippedQuantity: number;
  readonly receivedQuantity: number;
  /** Shipped, but missing on arrival. */
  readonly shortQuantity: number;
}

/** What changed, as differences: pieces, may be negative. */
export interface LineDeltas {
  readonly allocated?: number;
  readonly produced?: number;
  readonly shipped?: number;
  readonly received?: number;
  /** Shipped pieces that did not arrive: the line closes without them. */
  readonly short?: number;
  /** Production began, even if nothing is finished yet. */
  readonly started?: boolean;
  /** No place was found for the rest (true), or there is one again (false). */
  readonly unplaceable?: boolean;
}

export interface NewStep extends Omit<OrderStep, 'at' | 'detail' | 'evidence' | 'siteName' | 'quantity'> {
  readonly networkId: string;
  readonly orderId: string;
  readonly at: number;
  readonly siteName?: string | null;
  readonly quantity?: number | null;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Path in the API where the evidence is. */
  readonly evidence?: string | null;
}

/** What changed on one of several lines. */
export interface LineMove {
  readonly lineId: string;
  readonly deltas: LineDeltas;
}

export interface LinePromise {
  readonly lineId: string;
  /** Domain instant of arrival. */
  readonly at: number;
  /** Path in the API where the evidence is. */
  readonly evidence?: string;
}

export interface LineForecast {
  readonly lineId: string;
  /** Domain instant of arrival; null when nobody knows. */
  readonly at: number | null;
}

/** Figures of demand; the board, the list and later reports use these and no others. */
export interface OrderFigures {
  readonly ordersOpen: number;
  /** Orders with at least one line at risk. */
  readonly ordersAtRisk: number;
  /** Lines received on or before the requested date ÷ lines received in the span, 0–1; null when none was. */
  readonly keptPromises: number | null;
  readonly linesReceived: number;
}

/** What orders does for the modules after it. The acting network is the transaction's. */
export interface Orders {
  routes(app: App): void;
  order(tx: Tx, id: string): Promise<Order | undefined>;
  line(tx: Tx, id: string): Promise<StoredLine | undefined>;
  /** Locks the line until the transaction ends, so that quantities read now still hold when they are changed. */
  lockLine(tx: Tx, id: string): Promise<StoredLine | undefined>;
  /** Locked in the order of their ids, so that two transactions never wait for each other; unknown ids are left out. */
  lockLines(tx: Tx, networkId: string, ids: readonly string[]): Promise<StoredLine[]>;
  /** Neither received nor cancelled; by requested date. */
  openLines(tx: Tx, networkId: string): Promise<StoredLine[]>;
  linesById(tx: Tx, networkId: string, ids: readonly string[]): Promise<StoredLine[]>;
  submit(actor: Actor, fresh: NewOrder): Promise<{ order: Order; created: boolean } | Refusal>;
  cancel(actor: Actor, id: string, reason: string): Promise<Order | Refusal>;
  /** Moves quantities, then line and order state by their tables; a closed line never moves again. */
  addLineQuantities(
    tx: Tx,
    networkId: string,
    lineId: string,
    deltas: LineDeltas,
  ): Promise<Refusal | undefined>;
  /** As `addLineQuantities`, in the order given; refuses, having moved nothing, when one of the lines cannot move so. */
  addQuantities(tx: Tx, networkId: string, moves: readonly LineMove[]): Promise<Refusal | undefined>;
  /** The first promise stays: what was told to the buyer is not rewritten by a re-plan. Also records the steps. */
  setPromises(tx: Tx, promises: readonly LinePromise[]): Promise<void>;
  setProjected(tx: Tx, lineId: string, at: number | null): Promise<void>;
  setAllProjected(tx: Tx, forecasts: readonly LineForecast[]): Promise<void>;
  recordStep(tx: Tx, step: NewStep): Promise<void>;
  /** All of one network; they read in the order given. */
  recordSteps(tx: Tx, steps: readonly NewStep[]): Promise<void>;
  figures(tx: Tx, networkId: string, now: number): Promise<OrderFigures>;
  /** Lines at risk, the latest first. */
  atRisk(tx: Tx, networkId: string, now: number, limit: number): Promise<OrderRow[]>;
}
