import { type Access, type Actor, can } from '../access/index.ts';
import { isRefusal } from '../kernel/index.ts';
import { DEVICE_TOKEN_PREFIX, type DeviceBook } from './device-book.ts';
import type { StoredMapping } from './store-mapping.ts';

/** Who is connected: the token is looked up again for every message, so that a revoked one ends within seconds. */
export interface MqttSession {
  readonly token: string;
  readonly address: string;
  /** Instant given to the last message that came without one; epoch ms. */
  lastAt: number;
}

/** Now, but later than every instant given out before. */
export function nextInstant(session: MqttSession, now: number): number {
  session.lastAt = Math.max(now, session.lastAt + 1);
  return session.lastAt;
}

export type MqttIdentity =
  | { readonly kind: 'gateway'; readonly actor: Actor }
  | { readonly kind: 'device'; readonly mapping: StoredMapping };

/** Why somebody is not let in, and the CONNACK return code that says it [MQTT-3.1.1 §3.2.2.3]. */
export interface NotAdmitted {
  readonly refused: string;
  readonly returnCode: 2 | 3 | 4 | 5;
}

const TOKEN_PREFIX = 'mr_';

/** The token may stand in either place: ThingsBoard's devices have it as user name, most other clients as password. */
export function tokenOf(username: string | undefined, password: Readonly<Buffer> | undefined): string {
  const words = [password?.toString('utf8') ?? '', username ?? ''];
  return words.find((word) => word.startsWith(TOKEN_PREFIX)) ?? words.find((word) => word !== '') ?? '';
}

export async function identify(
  { access, devices }: { readonly access: Access; readonly devices: DeviceBook },
  { token, address }: MqttSession,
): Promise<MqttIdentity | NotAdmitted> {
  if (token.startsWith(DEVICE_TOKEN_PREFIX)) {
    const mapping = await devices.find(token, address);
    if (isRefusal(mapping)) return { refused: mapping.code, returnCode: 5 };
    return mapping ? { kind: 'device', mapping } : BAD_CREDENTIALS;
  }
  const actor = await access.authenticateBearer(token, address);
  if (isRefusal(actor))
    return actor.code === 'bad-token' ? BAD_CREDENTIALS : { refused: actor.code, returnCode: 5 };
  // An API key has HTTP; a topic names one gateway.
  return actor.kind === 'gateway' && can(actor, 'record.upload') ? { kind: 'gateway', actor } : NOT_A_GATEWAY;
}

const BAD_CREDENTIALS: NotAdmitted = { refused: 'bad-credentials', returnCode: 4 };
const NOT_A_GATEWAY: NotAdmitted = { refused: 'not-a-gateway', returnCode: 5 };

/** Distinct for each token: a client id is a free choice, and taking over another's session would cut that one off. */
export function sessionName(identity: MqttIdentity): string {
  return identity.kind === 'gateway' ? identity.actor.id : identity.mapping.id;
}

/** A code may hold what a topic must not (`+`, `#`); the id serves as well as the code. */
export function isOwnTopic(actor: Actor, topic: string, leaf: 'records' | 'answers'): boolean {
  return topic === `millrace/v3/${actor.label}/${leaf}` || topic === `millrace/v3/${actor.id}/${leaf}`;
}
