import type {
  ClientSession,
  ClientSessionRawSubscriptionService,
  ClientSubscription,
  DataValue,
  ExtensionObject,
  NodeId,
} from 'node-opcua-client';
import { DriverFault, within } from '../../driver/index.ts';
import { faultOf } from './fault.ts';
import type { OpcUa } from './library.ts';
import { MessageOrder } from './message-order.ts';
import { watchSilence } from './silence.ts';
import { statusText } from './value.ts';

/** The server publishes at least so often, also with nothing new, and so shows that it lives. */
const PUBLISH_INTERVAL_MAX_MS = 1_000;
const KEEP_ALIVE_MS = 3_000;
/** The stack's own least count. */
const KEEP_ALIVE_COUNT_MIN = 3;
/** More than a repair may take. */
const SILENCE_MIN_MS = 8_000;
const KEEP_ALIVES_MISSED_MAX = 2.5;
/** The server keeps what it queued so long without being asked; longer than a repair takes. */
const LIFETIME_MS = 60_000;
/** Bounds a message: 1,000 values are about 30 kB. */
const NOTIFICATIONS_MAX = 1_000;
/** The queue outlives a repair of some seconds at one value a second. */
const QUEUE_MIN = 10;
const CREATE_TIMEOUT_MS = 8_000;
const FAREWELL_TIMEOUT_MS = 1_500;
/** First set of items in a call; halved when a server finds it too many. */
const ITEMS_PER_CALL = 500;

export interface WatchOptions {
  readonly opcua: OpcUa;
  readonly session: ClientSession;
  readonly nodes: readonly NodeId[];
  /** How often the server looks at each value. */
  readonly sampleMs: number;
  readonly queueSize: number;
  readonly itemsPerCall: number;
  values(values: readonly NodeValue[]): void;
  /** The server does not watch this node. */
  refused(node: number, reason: string): void;
  /** A message came that the server sent then by its clock. [OPC 10000-4 §7.21, publishTime] */
  heard(publishedAt: Date | null): void;
  failed(reason: string): void;
}

/** A value of a node by its position in `nodes`. */
export interface NodeValue {
  readonly node: number;
  readonly data: DataValue;
}

/** A subscription at the server. [OPC 10000-4 §5.14] */
export interface Watch {
  /** Changes when the subscription had to be made anew behind our back, without its items. */
  readonly id: number;
  /** Nodes that the server did not know or had no room for. */
  readonly missing: number;
  /** A controller that starts answers before it has all its nodes. */
  tryMissing(): Promise<void>;
  /** Looks at it no more; the session takes it along. */
  stop(): void;
  /** Takes it away from the server. */
  end(): Promise<void>;
}

/** One subscription with an item per node; the item's client handle is the node's index plus one. [OPC 10000-4 §5.14] */
export async function watchNodes(options: WatchOptions): Promise<Watch> {
  const { opcua, session, sampleMs } = options;
  const publishingMs = Math.min(sampleMs, PUBLISH_INTERVAL_MAX_MS);
  const subscription = opcua.ClientSubscription.create(session, {
    requestedPublishingInterval: publishingMs,
    requestedMaxKeepAliveCount: Math.max(KEEP_ALIVE_COUNT_MIN, Math.ceil(KEEP_ALIVE_MS / publishingMs)),
    requestedLifetimeCount: Math.ceil(LIFETIME_MS / publishingMs),
    maxNotificationsPerPublish: NOTIFICATIONS_MAX,
    publishingEnabled: true,
  });
  await within('making a subscription', CREATE_TIMEOUT_MS, started(subscription));
  const stopListening = listen(subscription, options);
  const stopSilence = watchPublishing(subscription, options.failed);
  const stopWatching = (): void => {
    stopListening();
    stopSilence();
  };
  let missing: Map<number, string>;
  try {
    missing = await createItems(subscription, options, [...options.nodes.keys()]);
  } catch (cause) {
    stopWatching();
    throw cause;
  }
  for (const [node, reason] of missing) options.refused(node, reason);
  return {
    get missing() {
      return missing.size;
    },
    tryMissing: async () => {
      missing = await createItems(subscription, options, [...missing.keys()]);
    },
    get id() {
      return subscription.subscriptionId;
    },
    stop: stopWatching,
    end: async () => {
      stopWatching();
      subscription.removeAllListeners();
      // What the stack still wants to say of it has nobody to hear it, and must not be an uncaught error.
      subscription.on('error', () => undefined);
      try {
        await within('ending a subscription', FAREWELL_TIMEOUT_MS, subscription.terminate());
      } catch {
        // The server ends it after its lifetime.
      }
    },
  };
}

function started(subscription: ClientSubscription): Promise<void> {
  return new Promise((resolve, reject) => {
    subscription.on('error', (cause: Error) => reject(faultOf('the server refuses a subscription', cause)));
    subscription.once('started', () => resolve());
  });
}

/** Values are taken from the message itself: an emitter per item would cost the gateway 2 kB for each. */
function listen(
  subscription: ClientSubscription,
  { opcua, values, heard, failed, nodes }: WatchOptions,
): () => void {
  const order = new MessageOrder<readonly ExtensionObject[]>((parts) => {
    for (const part of parts) {
      if (!(part instanceof opcua.DataChangeNotification)) continue;
      const found: NodeValue[] = [];
      for (const { clientHandle, value } of part.monitoredItems ?? []) {
        if (clientHandle >= 1 && clientHandle <= nodes.length)
          found.push({ node: clientHandle - 1, data: value });
      }
      if (found.length > 0) values(found);
    }
  });
  subscription.on('raw_notification', (message) => {
    heard(message.publishTime);
    const parts = (message.notificationData ?? []).filter((part) => part !== null);
    // A keep-alive has the number of the message that comes next.
    if (parts.length > 0) order.take(message.sequenceNumber, parts);
  });
  subscription.on('status_changed', (status) => {
    if (status.value >>> 30 !== 0) failed(`the server ended the subscription: ${statusText(status)}`);
  });
  // The stack made it anew without its items, which it does not know.
  subscription.on('subscriptionId_changed', () => failed('the server lost the subscription'));
  subscription.on('internal_error', (cause) => failed(faultOf('the subscription failed', cause).message));
  return () => order.stop();
}

/** Requests may be answered while nothing is published any more: then the values are stale, and nobody says so. */
function watchPublishing(subscription: ClientSubscription, failed: (reason: string) => void): () => void {
  const silence = watchSilence(
    // Interval and count as the server revised them.
    () =>
      Math.max(
        SILENCE_MIN_MS,
        KEEP_ALIVES_MISSED_MAX * subscription.publishingInterval * subscription.maxKeepAliveCount,
      ),
    () => failed('the server stopped publishing values'),
  );
  subscription.on('raw_notification', silence.heard);
  return silence.stop;
}

/** Nodes the server does not watch, with its reason. */
async function createItems(
  subscription: ClientSubscription,
  options: WatchOptions,
  nodes: readonly number[],
): Promise<Map<number, string>> {
  const refused = new Map<number, string>();
  let batch = Math.min(options.itemsPerCall, ITEMS_PER_CALL);
  let from = 0;
  while (from < nodes.length) {
    const part = nodes.slice(from, from + batch);
    try {
      const results = await createBatch(subscription, options, part);
      for (const [index, node] of part.entries()) {
        const status = results[index]?.statusCode;
        if (status === undefined) refused.set(node, 'the server does not answer for this node');
        else if (status.value >>> 30 !== 0) refused.set(node, statusText(status));
      }
      from += part.length;
    } catch (cause) {
      if (!tooMany(cause) || batch === 1) throw faultOf('the server refuses to watch the tags', cause);
      batch = Math.ceil(batch / 2);
    }
  }
  return refused;
}

async function createBatch(
  subscription: ClientSubscription,
  { opcua, session, nodes, sampleMs, queueSize }: WatchOptions,
  part: readonly number[],
) {
  const request = new opcua.CreateMonitoredItemsRequest({
    subscriptionId: subscription.subscriptionId,
    timestampsToReturn: opcua.TimestampsToReturn.Source,
    itemsToCreate: part.map((node) => ({
      itemToMonitor: { nodeId: nodes[node] ?? null, attributeId: opcua.AttributeIds.Value },
      monitoringMode: opcua.MonitoringMode.Reporting,
      requestedParameters: {
        clientHandle: node + 1,
        samplingInterval: sampleMs / queueSize,
        queueSize: Math.max(QUEUE_MIN, 2 * queueSize),
        discardOldest: true,
      },
    })),
  });
  // The stack implements the service; its type of a session leaves it out.
  const service = session as ClientSession & ClientSessionRawSubscriptionService;
  const answer = await within(
    'making monitored items',
    CREATE_TIMEOUT_MS,
    service.createMonitoredItems(request),
  );
  if (answer.results === null || answer.results === undefined)
    throw new DriverFault('the server gives no results');
  return answer.results;
}

function tooMany(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /BadTooManyOperations|BadEncodingLimitsExceeded|BadRequestTooLarge|BadResponseTooLarge/.test(
      cause.message,
    )
  );
}
