import type { OpcUaSettings } from '@millrace/contract';
import type { OPCUAClient, OPCUAClientOptions } from 'node-opcua-client';
import { within } from '../../driver/index.ts';
import { modeOf } from './endpoint.ts';
import type { OpcUa } from './library.ts';
import type { OwnCertificate } from './own-certificate.ts';

/** A controller under load answers in one or two seconds; the stack takes nothing below five. */
export const REQUEST_TIMEOUT_MS = 8_000;
/** Longer than the heartbeat's period, or a quiet connection would be cut. */
const TRANSPORT_TIMEOUT_MS = 15_000;
/** The server keeps the session and its queues so long after the network broke; well beyond the time of a repair. */
const SESSION_TIMEOUT_MS = 60_000;
/** A hung server does not answer a farewell. */
export const FAREWELL_TIMEOUT_MS = 1_500;
/** 1,000 values of some hundred bytes fit many times; what announces more is broken or hostile. */
const MESSAGE_BYTES_MAX = 16 * 1_024 * 1_024;
const MESSAGE_CHUNKS_MAX = 2_048;
/** Whoever takes a connection and then says nothing is not an OPC UA server. */
const DISCOVERY_TIMEOUT_MS = 6_000;
const FIRST_RETRY_MS = 250;
const RETRY_MS = 1_000;

type CertificateStore = NonNullable<OPCUAClientOptions['clientCertificateManager']>;
type StoredCertificate = Parameters<CertificateStore['checkCertificate']>[0];

interface Beforehand {
  readonly opcua: OpcUa;
  readonly own: OwnCertificate;
  /** `opc.tcp://host:port/path` */
  readonly url: string;
  readonly closing?: AbortSignal;
}

/** Asks a server what it offers; nothing secret goes over it, hence no encryption. [OPC 10000-4 §5.5.4.1] */
export async function askBeforehand<T>(
  { opcua, own, url, closing }: Beforehand,
  ask: (client: OPCUAClient) => Promise<T>,
): Promise<T> {
  const client = opcua.OPCUAClient.create({
    ...shared(opcua, own),
    connectionStrategy: { maxRetry: 0, initialDelay: FIRST_RETRY_MS, maxDelay: RETRY_MS },
  });
  const end = (): void => void endClient(client);
  closing?.addEventListener('abort', end, { once: true });
  try {
    await within('asking the server', DISCOVERY_TIMEOUT_MS, client.connect(url));
    return await ask(client);
  } finally {
    closing?.removeEventListener('abort', end);
    await endClient(client);
  }
}

/** The client of a connection: it talks to exactly the server whose certificate was checked. */
export function sessionClient(
  opcua: OpcUa,
  own: OwnCertificate,
  settings: OpcUaSettings,
  serverCertificate: Buffer | undefined,
): OPCUAClient {
  return opcua.OPCUAClient.create({
    ...shared(opcua, own, serverCertificate),
    securityMode: modeOf(settings),
    securityPolicy: settings.securityPolicy,
    ...(serverCertificate === undefined ? {} : { serverCertificate }),
    // One retry of the first connect; more than none also lets the stack repair a broken connection.
    connectionStrategy: { maxRetry: 1, initialDelay: FIRST_RETRY_MS, maxDelay: RETRY_MS },
  });
}

/** Ends client and socket whatever the far side does. */
export async function endClient(client: OPCUAClient): Promise<void> {
  try {
    await within('ending the connection', FAREWELL_TIMEOUT_MS, client.disconnect());
  } catch {
    // A server that does not answer a farewell has nothing to say that matters now.
  }
}

function shared(opcua: OpcUa, own: OwnCertificate, pinned?: Buffer): OPCUAClientOptions {
  const privateKey = opcua.crypto_utils.makePrivateKeyFromPem(own.privateKeyPem);
  return {
    applicationName: 'Millrace edge',
    applicationUri: own.applicationUri,
    clientName: 'millrace-edge',
    certificateKeyPairProvider: {
      getCertificate: () => own.certificate,
      getCertificateChain: () => [own.certificate],
      getPrivateKey: () => privateKey,
    },
    clientCertificateManager: pinnedStore(opcua, pinned),
    // Behind address translation the server calls itself otherwise; it is known by its certificate.
    endpointMustExist: false,
    keepSessionAlive: false,
    keepPendingSessionsOnDisconnect: true,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    defaultTransactionTimeout: REQUEST_TIMEOUT_MS,
    transportTimeout: TRANSPORT_TIMEOUT_MS,
    transportSettings: { maxMessageSize: MESSAGE_BYTES_MAX, maxChunkCount: MESSAGE_CHUNKS_MAX },
    localeIds: ['en'],
  };
}

/** Trusts the one certificate that passed our own trust list; one that appears during a repair does not get in. */
function pinnedStore(opcua: OpcUa, pinned: Buffer | undefined): CertificateStore {
  const isPinned = (shown: StoredCertificate): boolean => {
    const leaf = Array.isArray(shown) ? shown[0] : shown;
    return pinned !== undefined && leaf?.equals(pinned) === true;
  };
  const status = (shown: StoredCertificate) =>
    isPinned(shown) ? opcua.StatusCodes.Good : opcua.StatusCodes.BadCertificateUntrusted;
  const unchanged = async (): Promise<void> => undefined;
  return {
    referenceCounter: 0,
    initialize: unchanged,
    dispose: unchanged,
    checkCertificate: async (shown: StoredCertificate) => status(shown),
    verifyCertificate: async (shown: StoredCertificate) => status(shown).name,
    getTrustStatus: async (shown: StoredCertificate) => status(shown),
    trustCertificate: unchanged,
    rejectCertificate: unchanged,
    addIssuer: unchanged,
    addRevocationList: unchanged,
  };
}
