import type { OpcUaSettings } from '@millrace/contract';
import type { EndpointDescription, MessageSecurityMode, OPCUAClient } from 'node-opcua-client';
import { DriverFault } from '../../driver/index.ts';

const POLICY_URI = 'http://opcfoundation.org/UA/SecurityPolicy#';
/** Servers offer a handful; what lists more in a fault nobody reads. */
const OFFERED_MAX = 12;
/** Servers of one box that a discovery server tells of. */
export const DISCOVERED_MAX = 8;

const MODES: Readonly<Record<OpcUaSettings['securityMode'], MessageSecurityMode>> = {
  none: 1,
  sign: 2,
  'sign-and-encrypt': 3,
};
const MODE_NAMES = ['invalid', 'none', 'sign', 'sign-and-encrypt'] as const;
/** [OPC 10000-4 §7.43 UserTokenType] */
const TOKEN_NAMES = ['anonymous', 'password', 'certificate', 'issued token'] as const;

export function modeOf(settings: OpcUaSettings): MessageSecurityMode {
  return MODES[settings.securityMode];
}

export function policyUri(settings: OpcUaSettings): string {
  return `${POLICY_URI}${settings.securityPolicy}`;
}

/** Asks the server what it offers and takes what the settings say, or tells what there is. [OPC 10000-4 §5.5.4] */
export async function chooseEndpoint(
  client: OPCUAClient,
  settings: OpcUaSettings,
): Promise<EndpointDescription> {
  const offered = await client.getEndpoints({ endpointUrl: settings.endpoint });
  const binary = offered.filter((one) => (one.endpointUrl ?? '').startsWith('opc.tcp:'));
  const fitting = binary.filter(
    (one) => one.securityPolicyUri === policyUri(settings) && one.securityMode === modeOf(settings),
  );
  if (fitting.length === 0) throw await nothingFits(client, settings, binary);
  const wanted = settings.user?.kind ?? 'anonymous';
  const endpoint = fitting.find((one) => wayIn(one, wanted));
  if (endpoint !== undefined) return endpoint;
  const tokens = fitting.flatMap((one) => one.userIdentityTokens ?? []);
  const names = new Set(tokens.map((token) => tokenName(token.tokenType)));
  const who = wanted === 'anonymous' ? 'anonymous users' : `users by ${wanted}`;
  throw new DriverFault(`the server does not let in ${who}; it wants ${[...names].join(' or ')}`, {
    lasting: true,
  });
}

async function nothingFits(
  client: OPCUAClient,
  settings: OpcUaSettings,
  offered: readonly EndpointDescription[],
): Promise<DriverFault> {
  const asked = `${settings.securityPolicy}/${settings.securityMode}`;
  if (offered.length > 0) {
    const names = offered.map((one) => `${policyName(one)}/${modeName(one)}`);
    const list = [...new Set(names)].slice(0, OFFERED_MAX).join(', ');
    return new DriverFault(`the server does not offer ${asked}; it offers ${list}`, { lasting: true });
  }
  // A discovery server has no endpoint of its own for us, but knows the others of the box. [OPC 10000-12 §4]
  const servers = await client.findServers({ endpointUrl: settings.endpoint });
  const urls = servers.flatMap((one) => one.discoveryUrls ?? []).slice(0, DISCOVERED_MAX);
  const words =
    urls.length === 0
      ? `nothing at ${settings.endpoint} speaks opc.tcp`
      : `nothing at ${settings.endpoint} speaks opc.tcp; it knows of ${urls.join(', ')}`;
  return new DriverFault(words, { lasting: true });
}

const tokenName = (type: number): string => TOKEN_NAMES[type] ?? 'unknown';

/** Does it let in who shows that? */
export function wayIn(endpoint: EndpointDescription, shown: (typeof TOKEN_NAMES)[number]): boolean {
  const wanted = TOKEN_NAMES.indexOf(shown);
  return endpoint.userIdentityTokens?.some((token) => token.tokenType === wanted) === true;
}

export function modeName(endpoint: EndpointDescription): string {
  return MODE_NAMES[endpoint.securityMode] ?? 'unknown';
}

export function policyName(endpoint: EndpointDescription): string {
  const uri = endpoint.securityPolicyUri ?? '';
  return uri.startsWith(POLICY_URI) ? uri.slice(POLICY_URI.length) : uri;
}
