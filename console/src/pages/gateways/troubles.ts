import type { ConnectionHealth, GatewayHealth, GatewaySummary } from '@millrace/contract';

/** A record waits seconds where the platform is reached; after so long somebody should look at the line. */
const BACKLOG_MS = 5 * 60_000;
/** Above it there is a weekend left, not a month. */
const DISK_FULL_SOON = 0.8;

/** Something about a gateway that waits for a person. */
export type Trouble =
  | Readonly<{ kind: 'silent'; ageMs: number }>
  | Readonly<{ kind: 'config-refused'; version: number }>
  | Readonly<{ kind: 'alarms'; count: number }>
  | Readonly<{ kind: 'connection'; connection: ConnectionHealth }>
  | Readonly<{ kind: 'values'; bad: number; all: number }>
  | Readonly<{ kind: 'dropped'; records: number }>
  | Readonly<{ kind: 'quarantined'; records: number }>
  | Readonly<{ kind: 'disk'; share: number }>
  | Readonly<{ kind: 'backlog'; records: number; ageMs: number }>;

/** What the page knows beside the last word of the agent. */
export type Beside = Readonly<{
  /** The newest version, where the agent refused it. */
  refusedVersion: number | null;
  /** Standing, as far as they were counted. */
  alarms: number;
}>;

/** What is wrong, the worst first; empty when all is well. */
export function troublesOf({ online, ageMs, health }: GatewayHealth, beside: Beside): readonly Trouble[] {
  if (!health) return [];
  const { buffer, at } = health;
  const found: (Trouble | false)[] = [
    !online && { kind: 'silent', ageMs: ageMs ?? 0 },
    beside.refusedVersion !== null && { kind: 'config-refused', version: beside.refusedVersion },
    beside.alarms > 0 && { kind: 'alarms', count: beside.alarms },
    // Of an agent that is silent nobody knows whether it still reaches its machines.
    ...(online ? connectionTroubles(health.connections) : []),
    buffer.dropped > 0 && { kind: 'dropped', records: buffer.dropped },
    buffer.quarantined > 0 && { kind: 'quarantined', records: buffer.quarantined },
  ];
  const share = buffer.quotaBytes > 0 ? buffer.bytes / buffer.quotaBytes : 0;
  if (share >= DISK_FULL_SOON) found.push({ kind: 'disk', share });
  const waitsMs = buffer.waiting > 0 && buffer.oldestAt !== null ? at - buffer.oldestAt : 0;
  if (waitsMs >= BACKLOG_MS) found.push({ kind: 'backlog', records: buffer.waiting, ageMs: waitsMs });
  return found.filter((one) => one !== false);
}

function connectionTroubles(connections: readonly ConnectionHealth[]): readonly Trouble[] {
  const dead = connections.filter(isDead);
  const alive = connections.filter((one) => !isDead(one));
  const sum = (of: (one: ConnectionHealth) => number) => alive.reduce((total, one) => total + of(one), 0);
  // Values of a dead connection are not good either; the connection says it already.
  const bad = sum(({ tagsBad }) => tagsBad);
  return [
    ...dead.map((connection) => ({ kind: 'connection', connection }) as const),
    ...(bad > 0 ? [{ kind: 'values', bad, all: sum(({ tags }) => tags) } as const] : []),
  ];
}

/** Nobody answers there, and a reason may be known. */
export const isDead = ({ state, error }: ConnectionHealth): boolean =>
  state === 'failed' || state === 'waiting' || (state === 'connecting' && error !== null);

/** The dead before those that live. */
export const deadFirst = (connections: readonly ConnectionHealth[]): readonly ConnectionHealth[] =>
  connections.toSorted((one, other) => Number(isDead(other)) - Number(isDead(one)));

/** What waits for a person before what goes well, the worst first; boxes that no agent speaks for come last. */
export function neediestFirst(
  summaries: readonly GatewaySummary[],
  alarms?: ReadonlyMap<string, number>,
): readonly GatewaySummary[] {
  const rank = (one: GatewaySummary) => rankOf(one, alarms?.get(one.gateway.id) ?? 0);
  return summaries.toSorted(
    (one, other) => rank(one) - rank(other) || (one.gateway.code < other.gateway.code ? -1 : 1),
  );
}

/** In the order in which the page of one gateway tells its troubles. */
function rankOf(summary: GatewaySummary, alarms: number): number {
  const { gateway, heardAt, newestVersion } = summary;
  // Taken out of service by somebody: nothing of it waits.
  if (gateway.revokedAt !== null) return 8;
  if (heardAt === null) return newestVersion === null ? 7 : 6;
  const waits = [
    !summary.online,
    summary.configRefused,
    alarms > 0,
    summary.connectionsConnected < summary.connections,
    summary.tagsBad > 0,
  ];
  const worst = waits.indexOf(true);
  return worst < 0 ? waits.length : worst;
}
