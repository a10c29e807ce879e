import type { OpcUaSettings } from '@millrace/contract';
import type { ClientSession, EndpointDescription, OPCUAClient } from 'node-opcua-client';
import { DriverFault, within } from '../../driver/index.ts';
import {
  askBeforehand,
  endClient,
  FAREWELL_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  sessionClient,
} from './client.ts';
import { chooseEndpoint } from './endpoint.ts';
import { faultOf } from './fault.ts';
import { userIdentity } from './identity.ts';
import type { OpcUa } from './library.ts';
import { ownCertificate } from './own-certificate.ts';
import { readServerFacts, type ServerFacts, sameServer } from './server-facts.ts';
import { watchSilence } from './silence.ts';
import { checkServer } from './trust-list.ts';

/** Discovery, secure channel, session and a first read; a controller from 2010 takes seconds for each signature. */
const CONNECT_TIMEOUT_MS = 20_000;
const CLOSED = 'closed while connecting';
/** Finds a server that stopped answering although its socket lives. */
const HEARTBEAT_MS = 2_000;
/** After so long without any answer the values are stale: three heartbeats, two keep-alives. */
const SILENCE_MAX_MS = 6_000;
/** A cable pulled and put back, a switch that restarts its port: so long the server's queues are waited for, then the values are bad. */
const REPAIR_MAX_MS = 6_000;

export interface LinkOptions {
  readonly opcua: OpcUa;
  readonly settings: OpcUaSettings;
  /** Folder of certificates. */
  readonly pki: string;
  secret(name: string): string;
  now(): number;
  latency(ms: number): void;
  /** The connection is broken and may come back with everything the server queued; what arrives meanwhile must wait. */
  suspended(): void;
  /** It came back, to the same server. */
  resumed(): void;
  /** It is gone for good. */
  failed(reason: string): void;
}

/** `wanted` turns false when nobody waits for the answer any more: what changes something must not be sent then. */
type Exchange<T> = (session: ClientSession, wanted: () => boolean) => Promise<T>;

/** One session with one server, from connecting until it is lost. */
export interface Link {
  readonly session: ClientSession;
  readonly facts: ServerFacts;
  /** One exchange with the server, bounded in time; never held back until after a repair. */
  ask<T>(what: string, exchange: Exchange<T>, timeoutMs?: number): Promise<T>;
  /** Something arrived from the server by itself. */
  heard(): void;
  /** Ends the link from inside, as a failure. */
  fail(reason: string): void;
  close(): Promise<void>;
}

/** Opens one session. `closing` ends an attempt that is under way. */
export async function openLink(options: LinkOptions, closing: AbortSignal): Promise<Link> {
  const { opcua, settings, pki } = options;
  const own = await ownCertificate(opcua, pki, options.now());
  if (closing.aborted) throw new DriverFault(CLOSED);
  const extra = `its thumbprint is ${own.thumbprint}, the file ${own.file}`;
  let client: OPCUAClient | undefined;
  let givenUp = false;
  const stop = new Promise<never>((_, reject) => {
    closing.addEventListener('abort', () => reject(new DriverFault(CLOSED)), {
      once: true,
    });
  });
  const work = async (): Promise<Link> => {
    const beforehand = { opcua, own, url: settings.endpoint, closing };
    const endpoint = await askBeforehand(beforehand, (asked) => chooseEndpoint(asked, settings));
    if (givenUp) throw new DriverFault('the attempt was given up');
    client = sessionClient(opcua, own, settings, pinnedCertificate(options, endpoint));
    await client.connect(settings.endpoint);
    const session = await client.createSession(userIdentity(opcua, settings, pki, options.secret));
    return runLink(client, session, await readServerFacts(opcua, session), options);
  };
  try {
    return await within(settings.endpoint, CONNECT_TIMEOUT_MS, Promise.race([work(), stop]));
  } catch (cause) {
    givenUp = true;
    if (client !== undefined) await endClient(client);
    throw faultOf(`cannot connect to ${settings.endpoint}`, cause, extra);
  }
}

/** The server's certificate after our trust list let it pass; undefined where nothing is signed. */
function pinnedCertificate(
  { opcua, settings, pki, now }: LinkOptions,
  endpoint: EndpointDescription,
): Buffer | undefined {
  if (settings.securityMode === 'none') return undefined;
  const chain = opcua.crypto_utils.split_der(endpoint.serverCertificate ?? Buffer.alloc(0));
  const applicationUri = endpoint.server.applicationUri ?? '';
  const server = { chain, applicationUri, endpoint: settings.endpoint };
  checkServer(pki, server, settings.trustOnFirstUse === true, now());
  return chain[0];
}

function runLink(
  client: OPCUAClient,
  session: ClientSession,
  facts: ServerFacts,
  options: LinkOptions,
): Link {
  const { opcua } = options;
  let state: 'up' | 'repairing' | 'down' = 'up';
  let repairTimer: NodeJS.Timeout | undefined;
  let asking = false;

  const stop = (): void => {
    state = 'down';
    clearInterval(heartbeat);
    silence.stop();
    clearTimeout(repairTimer);
  };
  const fail = (reason: string): void => {
    if (state === 'down') return;
    stop();
    options.failed(reason);
  };
  const ask = async <T>(what: string, exchange: Exchange<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> => {
    // The stack would keep the request and send it after a repair, when nobody wants it any more.
    if (state !== 'up') throw new DriverFault(`${what}: the connection is broken`);
    const from = performance.now();
    let wanted = true;
    try {
      const answer = await within(
        what,
        timeoutMs,
        exchange(session, () => wanted && state === 'up'),
      );
      options.latency(performance.now() - from);
      silence.heard();
      return answer;
    } catch (cause) {
      throw faultOf(what, cause);
    } finally {
      wanted = false;
    }
  };
  const beat = async (): Promise<void> => {
    if (state !== 'up' || asking) return;
    asking = true;
    try {
      await ask('asking for a sign of life', (one) => one.read({ nodeId: opcua.coerceNodeId('i=2259') }));
    } catch {
      // One lost heartbeat is no loss of the link; silence is measured above.
    } finally {
      asking = false;
    }
  };
  const silence = watchSilence(
    () => SILENCE_MAX_MS,
    () => {
      if (state === 'up') fail(`the server has not answered for ${SILENCE_MAX_MS / 1_000} s`);
    },
  );
  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS);

  const repaired = async (): Promise<void> => {
    try {
      const after = await within('a repair', REQUEST_TIMEOUT_MS, readServerFacts(opcua, session));
      if (state !== 'repairing') return;
      if (!sameServer(facts, after)) return fail('the server was restarted');
      state = 'up';
      silence.heard();
      clearTimeout(repairTimer);
      options.resumed();
    } catch (cause) {
      fail(faultOf('the connection could not be repaired', cause).message);
    }
  };
  client.on('connection_lost', () => {
    if (state !== 'up') return;
    state = 'repairing';
    repairTimer = setTimeout(() => fail('the connection to the server is lost'), REPAIR_MAX_MS);
    options.suspended();
  });
  client.on('close', () => fail('the server closed the connection'));
  session.on('session_restored', () => void repaired());
  session.on('session_closed', () => fail('the server closed the session'));

  return {
    session,
    facts,
    ask,
    heard: silence.heard,
    fail,
    close: async () => {
      const farewell = state === 'up';
      stop();
      if (farewell) await farewellTo(session);
      await endClient(client);
    },
  };
}

async function farewellTo(session: ClientSession): Promise<void> {
  try {
    await within('ending the session', FAREWELL_TIMEOUT_MS, session.close(true));
  } catch {
    // The server drops the session itself after its time-out.
  }
}
