import type { EventKind, FeedEvent } from '@millrace/contract';
import {
  iconCheck,
  iconClock,
  iconClose,
  iconCogwheel,
  iconError,
  iconGanttchart,
  iconLock,
  iconPackage,
  iconPlay,
  iconShoppingCart,
  iconSuccess,
  iconSwapLeftRight,
  iconTruck,
  iconUndo,
  iconWarning,
} from '@siemens/ix-icons/icons';
import type { Tone } from '../../ui/pill.tsx';

export const FEED_TOPICS = ['all', 'machines', 'orders', 'plan', 'delivery'] as const;
export type FeedTopic = (typeof FEED_TOPICS)[number];
type Look = Readonly<{ icon: string; tone: Tone; topic: FeedTopic }>;

const LOOKS: Record<EventKind, readonly [string, Tone, FeedTopic]> = {
  'machine-state-changed': [iconSwapLeftRight, 'neutral', 'machines'],
  'machine-stopped-long': [iconError, 'alarm', 'machines'],
  'machine-recovered': [iconPlay, 'success', 'machines'],
  'edge-alarm-raised': [iconWarning, 'alarm', 'machines'],
  'machine-command-requested': [iconCogwheel, 'info', 'machines'],
  'machine-command-approved': [iconCheck, 'primary', 'machines'],
  'machine-command-executed': [iconSuccess, 'success', 'machines'],
  'machine-command-failed': [iconError, 'alarm', 'machines'],
  'machine-command-lapsed': [iconClock, 'neutral', 'machines'],
  'capacity-changed': [iconGanttchart, 'neutral', 'plan'],
  'capability-changed': [iconGanttchart, 'neutral', 'plan'],
  'order-submitted': [iconShoppingCart, 'info', 'orders'],
  'order-cancelled': [iconClose, 'neutral', 'orders'],
  'order-closed': [iconSuccess, 'success', 'orders'],
  'match-run-finished': [iconGanttchart, 'primary', 'plan'],
  'order-allocated': [iconCheck, 'primary', 'plan'],
  'allocation-withdrawn': [iconUndo, 'warning', 'plan'],
  'line-unplaceable': [iconError, 'alarm', 'plan'],
  'allocation-accepted': [iconCheck, 'success', 'plan'],
  'allocation-declined': [iconClose, 'warning', 'plan'],
  'allocation-expired': [iconClock, 'warning', 'plan'],
  'override-recorded': [iconLock, 'info', 'plan'],
  'production-order-released': [iconCogwheel, 'info', 'orders'],
  'production-started': [iconPlay, 'success', 'orders'],
  'production-progressed': [iconCogwheel, 'primary', 'orders'],
  'projected-finish-slipped': [iconWarning, 'warning', 'orders'],
  'schedule-applied': [iconGanttchart, 'info', 'plan'],
  'allocation-recalled': [iconUndo, 'warning', 'plan'],
  'production-completed': [iconSuccess, 'success', 'orders'],
  'shipment-ready': [iconPackage, 'info', 'delivery'],
  'shipment-departed': [iconTruck, 'primary', 'delivery'],
  'shipment-arrived': [iconTruck, 'success', 'delivery'],
  'shipment-received': [iconSuccess, 'success', 'delivery'],
};

export function lookOf(kind: string): Look {
  const [icon, tone, topic] = (LOOKS as Record<string, readonly [string, Tone, FeedTopic] | undefined>)[
    kind
  ] ?? [iconClock, 'neutral', 'all'];
  return { icon, tone, topic };
}

/** Where the evidence of an event is. */
export function pathOf({ payload }: FeedEvent): string | null {
  const id = (key: string) => (typeof payload[key] === 'string' ? payload[key] : null);
  if (id('orderId')) return `/orders/${id('orderId')}`;
  if (id('machineId')) return `/machines/${id('machineId')}`;
  if (id('runId')) return `/matching/${id('runId')}`;
  if (id('productionOrderId')) return `/factory/production?open=${id('productionOrderId')}`;
  return null;
}
