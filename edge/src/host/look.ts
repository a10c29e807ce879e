import { type EdgeAnswer, type EdgeLook, OFFERS_MAX, TAG_TYPES, WORD_ORDERS } from '@millrace/contract';
import { DriverFault, type TagAddress } from '../driver/index.ts';
import { isFault } from './fault.ts';
import type { GrantedSecrets } from './host-options.ts';
import type { DriverResult, FromWorker, LookRequest, Pace } from './message.ts';
import { startWorkerThread } from './worker-thread.ts';

/** Persons who look at the same time; each look has a thread of its own, so that it disturbs nothing that counts. */
const LOOKS_MAX = 4;
/** As many as a person reads, and as `EdgeAnswer` holds. */
const NODES_MAX = 1_000;

export interface LooksOptions {
  readonly pace: Pace;
  secrets(driver: string, settings: Readonly<Record<string, unknown>>): GrantedSecrets;
  onSaid(driver: string, words: string): void;
  /** Folder for certificates of a connection with these settings. */
  folderFor(driver: string, settings: Readonly<Record<string, unknown>>): string;
}
export interface Looks {
  look(request: EdgeLook): Promise<EdgeAnswer>;
  close(): Promise<void>;
}

/** Opens far sides that are not in the configuration, for as long as it takes to answer one question. */
export function createLooks(options: LooksOptions): Looks {
  const under = new Set<AbortController>();
  return {
    look: async (request) => {
      if (under.size >= LOOKS_MAX) return failed('others are looking at machines now: try again in a moment');
      const closing = new AbortController();
      under.add(closing);
      try {
        return await lookInThread(options, request, closing.signal);
      } catch (cause) {
        if (!isFault(cause)) throw cause;
        return failed(cause.message);
      } finally {
        under.delete(closing);
      }
    },
    close: async () => {
      for (const closing of under) closing.abort();
    },
  };
}

const failed = (error: string): EdgeAnswer => ({ error: error.slice(0, 500), latencyMs: null });

async function lookInThread(
  { pace, secrets, onSaid, folderFor }: LooksOptions,
  request: EdgeLook,
  closing: AbortSignal,
): Promise<EdgeAnswer> {
  const heard = Promise.withResolvers<FromWorker & { readonly kind: 'answer' | 'refused' }>();
  const { driver, settings } = request;
  // Who asks what there is to connect to, is not let in yet.
  const granted = request.kind === 'discover' ? NOTHING : secrets(driver, settings);
  const thread = startWorkerThread({
    pace,
    name: `look at ${driver}`,
    message: (message) => {
      if (message.kind === 'answer' || message.kind === 'refused') heard.resolve(message);
    },
    said: (line) => onSaid(driver, line),
    gone: (reason) => heard.reject(new DriverFault(reason)),
  });
  const end = (): void => heard.reject(new DriverFault('the gateway is stopping'));
  closing.addEventListener('abort', end, { once: true });
  // The thread bounds its own work; this bounds a thread that hangs.
  const late = setTimeout(
    () => heard.reject(new DriverFault('the driver does not answer')),
    pace.lookMaxMs * 1.2,
  );
  try {
    thread.post({
      ...{ kind: 'look', ask: 0, connection: 0, driver, settings, request: asked(request) },
      secrets: granted.values,
      withheld: granted.withheld,
      folder: folderFor(driver, settings),
    });
    const message = await heard.promise;
    if (message.kind === 'answer') granted.worked();
    if (message.kind === 'refused') return failed(message.fault.message);
    return answerOf(message.result, Math.round(message.latencyMs));
  } finally {
    clearTimeout(late);
    closing.removeEventListener('abort', end);
    await thread.terminate();
  }
}

const NOTHING: GrantedSecrets = { values: {}, withheld: {}, worked: () => undefined };

function asked(request: EdgeLook): LookRequest {
  switch (request.kind) {
    case 'test':
    case 'discover':
      return { kind: request.kind };
    case 'browse':
      // One more than may be told, to know that there are more.
      return { kind: 'browse', parent: request.parent, limit: NODES_MAX + 1 };
    case 'read':
      return { kind: 'read', tags: request.addresses.map(addressOf) };
  }
}

function addressOf(asked: (EdgeLook & { kind: 'read' })['addresses'][number]): TagAddress {
  const type = TAG_TYPES.find((known) => known === asked.type);
  const wordOrder = WORD_ORDERS.find((known) => known === asked.wordOrder);
  return {
    address: asked.address,
    ...(type === undefined ? {} : { type }),
    ...(wordOrder === undefined ? {} : { wordOrder }),
  };
}

function answerOf({ nodes, values, offers }: DriverResult, latencyMs: number): EdgeAnswer {
  return {
    error: null,
    latencyMs,
    ...(nodes === undefined ? {} : { nodes: nodes.slice(0, NODES_MAX), truncated: nodes.length > NODES_MAX }),
    ...(values === undefined ? {} : { values: [...values] }),
    ...(offers === undefined ? {} : { offers: offers.slice(0, OFFERS_MAX) }),
  };
}
