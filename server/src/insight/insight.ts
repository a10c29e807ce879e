import type { Board } from '@millrace/contract';
import type { Access, Actor } from '../access/index.ts';
import type { Capacity } from '../capacity/index.ts';
import type { Execution } from '../execution/index.ts';
import type { Ingest } from '../ingest/index.ts';
import type { App } from '../kernel/index.ts';
import type { Matching } from '../matching/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Shipping } from '../shipping/index.ts';
import type { State } from '../state/index.ts';

/** Everything upstream: insight comes last and asks all of them. */
export interface InsightSources {
  readonly access: Access;
  readonly registry: Registry;
  readonly ingest: Ingest;
  readonly state: State;
  readonly capacity: Capacity;
  readonly orders: Orders;
  readonly matching: Matching;
  readonly execution: Execution;
  readonly shipping: Shipping;
}

export interface Insight {
  routes(app: App): void;
  /** Ends the live feed's streams; their readers come back to whoever runs next. */
  stop(): Promise<void>;
  /** The board of the actor's network as far as the actor may see it, at most a second old (wall); its hours for sale up to a minute where adding them up takes long. */
  board(actor: Actor): Promise<Board>;
  /** One turn of the live feed and of retention; for tests and orderly hand-over. */
  tick(): Promise<void>;
}
