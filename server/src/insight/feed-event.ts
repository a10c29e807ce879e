import type { EventKind } from '@millrace/contract';
import type { AnyEvent } from '../kernel/index.ts';

/** Whom an entry concerns besides the network's operator, who reads everything. */
export type Party = 'factory' | 'buyer';

const NOBODY_ELSE: readonly Party[] = [];
const FACTORY: readonly Party[] = ['factory'];
const BUYER: readonly Party[] = ['buyer'];
const BOTH: readonly Party[] = ['factory', 'buyer'];

/** Parties by kind; null = never in the feed. A new kind of event does not compile until somebody decides who may read it. */
const PARTIES: Readonly<Record<EventKind, readonly Party[] | null>> = {
  'machine-state-changed': FACTORY,
  'machine-stopped-long': FACTORY,
  'machine-recovered': FACTORY,
  'edge-alarm-raised': FACTORY,
  // What is done to a machine is the affair of its factory and of the operator who plans with it.
  'machine-command-requested': FACTORY,
  'machine-command-approved': FACTORY,
  'machine-command-executed': FACTORY,
  'machine-command-failed': FACTORY,
  'machine-command-lapsed': FACTORY,
  'capacity-changed': FACTORY,
  'capability-changed': FACTORY,
  'order-submitted': BUYER,
  'order-cancelled': BUYER,
  'order-closed': BUYER,
  // A run weighs all members against each other.
  'match-run-finished': NOBODY_ELSE,
  'order-allocated': BOTH,
  'allocation-withdrawn': BOTH,
  'line-unplaceable': BUYER,
  'allocation-accepted': BOTH,
  'allocation-declined': BOTH,
  'allocation-expired': BOTH,
  // The operator's reason may speak of others.
  'override-recorded': NOBODY_ELSE,
  'production-order-released': BOTH,
  'production-started': BOTH,
  // A hundred rows per order would drown the rest; progress stands on the order's page.
  'production-progressed': null,
  'projected-finish-slipped': BOTH,
  // In which order a factory works is its own affair; its buyers read of their orders' dates there.
  'schedule-applied': FACTORY,
  'allocation-recalled': BOTH,
  'production-completed': BOTH,
  'shipment-ready': BOTH,
  'shipment-departed': BOTH,
  'shipment-arrived': BOTH,
  'shipment-received': BOTH,
};

export const FEED_KINDS: readonly EventKind[] = (Object.keys(PARTIES) as EventKind[]).filter(
  (kind) => PARTIES[kind] !== null,
);

export function partiesOf(kind: EventKind): readonly Party[] {
  return PARTIES[kind] ?? NOBODY_ELSE;
}

/** What a person would want to be told; the rest is for machinery, and at 100,000 machines it would be a flood. */
export function isNews(event: AnyEvent): boolean {
  switch (event.kind) {
    case 'machine-state-changed':
      return event.payload.to === 'down' || event.payload.from === 'down';
    case 'capacity-changed':
      // Breakdowns are told by the machine's own events, registering machines by nobody's.
      return event.payload.reason.startsWith('block-') || event.payload.reason === 'calendar';
    case 'edge-alarm-raised':
      // What only informs stands in the list of alarms.
      return event.payload.severity !== 'info';
    case 'production-progressed':
      return false;
    default:
      return true;
  }
}
