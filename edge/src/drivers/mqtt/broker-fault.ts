import { DriverFault } from '../../driver/index.ts';

/** CONNACK codes of 3.1.1 (below 128) and reason codes of 5.0, in words; `lasting` = a person must change something. */
const REFUSALS: Readonly<Record<number, { readonly words: string; readonly lasting?: boolean }>> = {
  1: { words: 'the broker does not speak this version of MQTT', lasting: true },
  2: { words: 'the broker does not accept the client id', lasting: true },
  3: { words: 'the broker is not available now' },
  4: { words: 'user or password is wrong', lasting: true },
  5: { words: 'the broker does not let this client in', lasting: true },
  132: { words: 'the broker does not speak this version of MQTT', lasting: true },
  133: { words: 'the broker does not accept the client id', lasting: true },
  134: { words: 'user or password is wrong', lasting: true },
  135: { words: 'the broker does not let this client in', lasting: true },
  136: { words: 'the broker is not available now' },
  137: { words: 'the broker is too busy now' },
  138: { words: 'the broker has banned this client', lasting: true },
};
const VERSION_REFUSALS: ReadonlySet<number> = new Set([1, 132]);

/** Reason codes of a DISCONNECT that say what to do. [MQTT5 §3.14.2.1] */
const FAREWELLS: Readonly<Record<number, string>> = {
  139: 'the broker is shutting down',
  141: 'the broker heard nothing from the agent for too long',
  142: 'another client has connected with the same client id',
  147: 'the broker finds that the agent has too many messages open',
  149: 'the broker finds a packet too large',
  150: 'the broker finds the rate of messages too high',
  152: 'the broker was told to disconnect this client',
};

/** What OpenSSL says of a certificate that a person must look at. */
const CERTIFICATE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|ALTNAME|ERR_SSL|ERR_TLS/;
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ECONNRESET: 'it broke the connection off',
};

/** Why a broker says that it hangs up. [MQTT5 §3.14.2.1] */
export function farewell(reason: number): string {
  return FAREWELLS[reason] ?? `the broker has disconnected (reason ${reason})`;
}

/** A broker of MQTT 3.1.1 says so, or hangs up, or says something that is no MQTT 5. */
export function mayBeOldBroker(fault: unknown): boolean {
  if (fault instanceof DriverFault) return false;
  const code = codeOf(fault);
  if (typeof code === 'number') return VERSION_REFUSALS.has(code);
  return code === undefined || code === 'ECONNRESET';
}

/** A fault in words from whatever the connecting threw; `folder` is where a certificate to be trusted belongs. */
export function brokerFault(fault: unknown, where: string, folder: string): DriverFault {
  if (fault instanceof DriverFault) return fault;
  const code = codeOf(fault);
  if (typeof code === 'number') {
    const refusal = REFUSALS[code];
    const words = refusal?.words ?? `the broker refuses (reason ${code})`;
    return new DriverFault(words, { cause: fault, lasting: refusal?.lasting ?? false });
  }
  if (code !== undefined && CERTIFICATE.test(code))
    return new DriverFault(
      `the certificate of ${where} is not trusted (${code}); its CA belongs into ${folder}/ca.pem`,
      { cause: fault, lasting: true },
    );
  const words = NETWORK[code ?? ''] ?? (fault instanceof Error ? fault.message : String(fault));
  return new DriverFault(`broker ${where}: ${words}`, { cause: fault });
}

function codeOf(fault: unknown): string | number | undefined {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}
