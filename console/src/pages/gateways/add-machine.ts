import type { EdgeConfig, EdgeConnection, EdgeMachine } from '@millrace/contract';
import type { Draft } from './draft.ts';

/** The configuration with the drafted machine in it; a machine that is there already is replaced. */
export function addMachine(config: EdgeConfig | null, draft: Draft): EdgeConfig {
  const base: EdgeConfig = config ?? { v: 1, connections: [], machines: [] };
  if (!draft.connection || !draft.machine) return base;
  const { code } = draft.machine;
  const others = base.machines.filter(({ machine }) => machine !== code);
  const before = base.machines.find(({ machine }) => machine === code);
  const used = connectionsOf(others);
  const left = connectionsOf(before ? [before] : []);
  // What only the replaced machine used goes with it.
  const same = base.connections.find((one) => isSame(one, draft.connection));
  const kept = base.connections.filter((one) => one === same || used.has(one.code) || !left.has(one.code));
  const connection = same ?? fresh(kept, draft.connection);
  const connections = kept.some((one) => one.code === connection.code) ? kept : [...kept, connection];
  const made = machineOf(draft, connection.code, before);
  // In its old place, so that the difference shows what changes and not what moves.
  const machines = before ? base.machines.map((one) => (one === before ? made : one)) : [...others, made];
  return { ...base, connections, machines };
}

function machineOf(draft: Draft, connection: string, before: EdgeMachine | undefined): EdgeMachine {
  const { machine, tags, count, state, energy, signals, rules } = draft;
  return {
    machine: machine?.code ?? '',
    timeZone: machine?.zone ?? 'UTC',
    tags: tags.map(({ hint: _hint, ...tag }) => ({ ...tag, connection })),
    ...(count ? { count } : {}),
    ...(state ? { state } : {}),
    ...(energy ? { energy } : {}),
    ...(signals.length > 0 ? { signals: [...signals] } : {}),
    ...(rules.length > 0 ? { rules } : {}),
    // Commands are written by hand; they survive where their connection does.
    ...(before?.commands?.every((one) => one.connection === connection) ? { commands: before.commands } : {}),
  };
}

function connectionsOf(machines: readonly EdgeMachine[]): ReadonlySet<string> {
  return new Set(machines.flatMap(({ tags }) => tags.map(({ connection }) => connection)));
}

type Wanted = Draft['connection'];

/** There is a connection to the same far side already. */
function isSame(one: EdgeConnection, wanted: Wanted): boolean {
  return one.driver === wanted?.driver && canonical(one.settings) === canonical(wanted.settings);
}

/** Never more than the machines of a gateway. */
const SUFFIX_MAX = 1_000;

/** Under a name that is free. */
function fresh(connections: readonly EdgeConnection[], wanted: NonNullable<Wanted>): EdgeConnection {
  const { code, driver, settings } = wanted;
  const taken = new Set(connections.map((one) => one.code));
  let free = code;
  for (let n = 2; taken.has(free) && n < SUFFIX_MAX; n++) free = `${code.slice(0, 58)}-${n}`;
  return { code: free, driver, settings: { ...settings } };
}

/** The order of names means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
