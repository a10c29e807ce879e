import { type ConnectionOffer, OFFERS_MAX, type OpcUaSettings } from '@millrace/contract';
import type { EndpointDescription, OPCUAClient } from 'node-opcua-client';
import type { DriverContext } from '../../driver/index.ts';
import { askBeforehand } from './client.ts';
import { DISCOVERED_MAX, modeName, policyName, wayIn } from './endpoint.ts';
import { faultOf } from './fault.ts';
import { loadOpcUa } from './library.ts';
import { ownCertificate } from './own-certificate.ts';

/** Older policies are broken and newer ones not spoken by the stack; neither is offered. [OPC 10000-7 §6.6] */
const POLICIES: readonly string[] = [
  'None',
  'Basic256Sha256',
  'Aes256_Sha256_RsaPss',
] satisfies OpcUaSettings['securityPolicy'][];
const NAME_CHARACTERS_MAX = 200;

/** What can be connected to at the endpoint: its own ways in, and those of the servers it knows of; the safest of each first. */
export async function findOffers(
  context: Pick<DriverContext, 'settings' | 'folder' | 'now'>,
): Promise<readonly ConnectionOffer[]> {
  // Checked against OpcUaSettings by the host before.
  const { endpoint } = context.settings as OpcUaSettings;
  const opcua = await loadOpcUa();
  const own = await ownCertificate(opcua, `${context.folder()}/pki`, context.now());
  const ask = <T>(url: string, question: (client: OPCUAClient) => Promise<T>): Promise<T> =>
    askBeforehand({ opcua, own, url }, question);
  try {
    const { here, others } = await ask(endpoint, (client) => askAround(client, endpoint));
    // Those that a discovery server remembers and that are switched off offer nothing.
    const there = await Promise.allSettled(
      others.map((url) => ask(url, (client) => client.getEndpoints({ endpointUrl: url }))),
    );
    const found = there.flatMap((one, index) =>
      one.status === 'fulfilled' ? offersOf(one.value, others[index] ?? '') : [],
    );
    return [...offersOf(here, endpoint), ...found].slice(0, OFFERS_MAX);
  } catch (cause) {
    throw faultOf(`cannot ask ${endpoint}`, cause);
  }
}

/** The ways into a server, and where the others are that it knows of. [OPC 10000-4 §5.5.2, §5.5.4] */
async function askAround(
  client: OPCUAClient,
  url: string,
): Promise<{ here: EndpointDescription[]; others: string[] }> {
  const here = await client.getEndpoints({ endpointUrl: url });
  const known = await client.findServers({ endpointUrl: url });
  // Itself it may name as nobody else can reach it: for that one the address that was typed is right.
  const self = new Set(here.map((one) => one.server.applicationUri));
  const others = known
    .filter((one) => !self.has(one.applicationUri))
    .flatMap((one) => one.discoveryUrls ?? [])
    .filter((one): one is string => one?.startsWith('opc.tcp://') === true && one !== url);
  return { here, others: [...new Set(others)].slice(0, DISCOVERED_MAX) };
}

function offersOf(endpoints: readonly EndpointDescription[], url: string): ConnectionOffer[] {
  return endpoints
    .filter((one) => (one.endpointUrl ?? '').startsWith('opc.tcp:') && POLICIES.includes(policyName(one)))
    .toSorted((a, b) => b.securityLevel - a.securityLevel)
    .map((one) => ({
      name: (one.server.applicationName.text ?? url).slice(0, NAME_CHARACTERS_MAX),
      settings: { endpoint: url, securityPolicy: policyName(one), securityMode: modeName(one) },
      needs: wayIn(one, 'anonymous') ? [] : ['user'],
    }));
}
