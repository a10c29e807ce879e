import { DriverFault } from '../../driver/index.ts';

const NOT_TRUSTED = "the server does not trust this gateway's certificate";
/** Words for what an electrician can do about a status code; `lasting` where trying again cannot help. */
const REMEDIES: readonly (readonly [pattern: RegExp, words: string, lasting: boolean])[] = [
  [
    /BadIdentityTokenRejected|BadUserAccessDenied|BadIdentityTokenInvalid/,
    'the server refuses this user or password',
    true,
  ],
  [/BadUserSignatureInvalid/, "the server refuses the user's certificate or its key", true],
  [
    /BadCertificateUntrusted|BadSecurityChecksFailed|BadCertificateUriInvalid|BadCertificateInvalid/,
    NOT_TRUSTED,
    true,
  ],
  [/BadTooManySessions/, 'the server has no free session', false],
  [/BadTcpEndpointUrlInvalid/, 'the server does not know this path of the endpoint', true],
  [/BadServiceUnsupported/, 'the server does not offer this service', true],
  [/ECONNREFUSED/, 'nothing listens there', false],
  [/ENOTFOUND|EAI_AGAIN/, 'the name of the host is not known', false],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to that host', false],
  [/ETIMEDOUT|imeout|imed out/, 'no answer in time', false],
];
/** Faults go to the console and into the health report. */
const FAULT_CHARACTERS_MAX = 400;

/** A fault in words from whatever the protocol stack threw; `own` names the gateway's certificate, for whoever has to trust it. */
export function faultOf(what: string, cause: unknown, own = ''): DriverFault {
  if (cause instanceof DriverFault) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(message));
  const line = message.replaceAll(/\s+/g, ' ').trim();
  const said = remedy?.[1] === NOT_TRUSTED && own !== '' ? `${NOT_TRUSTED}: ${own}` : remedy?.[1];
  const words = said === undefined ? `${what}: ${line}` : `${what}: ${said} (${line})`;
  return new DriverFault(words.slice(0, FAULT_CHARACTERS_MAX), { cause, lasting: remedy?.[2] ?? false });
}
