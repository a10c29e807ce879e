import {
  CONFIG_VERSION_MAX,
  type ConfigRestore,
  type GatewayConfig,
  type GatewayConfigVersion,
  type NewGatewayConfig,
  type PageQuery,
} from '@millrace/contract';
import { type Actor, recordAudit } from '../access/index.ts';
import {
  isRefusal,
  type Kernel,
  notFound,
  PAGE_DEFAULT,
  type Refusal,
  refuse,
  type Tx,
  toPage,
} from '../kernel/index.ts';
import type { Directory, Registry } from '../registry/index.ts';
import type { ConfigCheck, MachineLookup } from './config-check.ts';
import type { HealthBook } from './health.ts';
import { type FoundGateway, inGateway } from './in-gateway.ts';
import { versionOfCursor } from './page-position.ts';
import { dropOldConfigs, insertConfig, listConfigs, newestConfig, oneConfig } from './store-config.ts';
import { wakeGateway } from './wake-up.ts';

/** A year of weekly changes, or a long evening of trying. */
const VERSIONS_MAX = 100;

/** The versioned configuration of a gateway: written by people, pulled and acknowledged by the agent. */
export interface Configs {
  newest(actor: Actor, gatewayId: string): Promise<GatewayConfig | Refusal>;
  one(actor: Actor, gatewayId: string, version: number): Promise<GatewayConfig | Refusal>;
  list(actor: Actor, gatewayId: string, query: PageQuery): Promise<Page | Refusal>;
  put(actor: Actor, gatewayId: string, fresh: NewGatewayConfig): Promise<GatewayConfig | Refusal>;
  /** A new version with the content of an old one. */
  restore(
    actor: Actor,
    gatewayId: string,
    version: number,
    wish: ConfigRestore,
  ): Promise<GatewayConfig | Refusal>;
}
interface Page {
  readonly rows: GatewayConfigVersion[];
  readonly nextCursor: string | null;
}

/** Further ahead of ours no agent is because a database was taken back: what it says then moves no versions. */
const TAKEN_BACK_MAX = 10_000;

export function createConfigs(
  kernel: Kernel,
  registry: Registry,
  check: ConfigCheck,
  book: HealthBook,
): Configs {
  const write = (actor: Actor, gatewayId: string, change: (tx: Tx) => Promise<Change | Refusal>) =>
    inGateway<GatewayConfig>(kernel, actor, gatewayId, async (tx, gateway) => {
      const wanted = await change(tx);
      if (isRefusal(wanted)) return wanted;
      const directory = await registry.directory(actor.networkId);
      const machines = machinesOf(directory, gateway.organisationId);
      const faults = check.faults(wanted.config, gatewayId, machines);
      if (faults.length > 0) return faulty(faults);
      const heard = (await book.standing(tx, actor.networkId, [gatewayId])).get(gatewayId)?.row.health;
      const running = heard?.configSource === 'platform' ? (heard.configVersion ?? 0) : 0;
      const isOurs = running <= Math.min((wanted.basedOn ?? 0) + TAKEN_BACK_MAX, CONFIG_VERSION_MAX - 1);
      return store(tx, actor, gateway, wanted, isOurs ? running : 0);
    });
  return {
    newest: (actor, gatewayId) =>
      inGateway(kernel, actor, gatewayId, async (tx) => {
        return (await newestConfig(tx, actor.networkId, gatewayId)) ?? NO_CONFIG;
      }),
    one: (actor, gatewayId, version) =>
      inGateway(kernel, actor, gatewayId, async (tx) => {
        return (await oneConfig(tx, actor.networkId, gatewayId, version)) ?? notFound('version');
      }),
    list: async (actor, gatewayId, { cursor, limit = PAGE_DEFAULT }) => {
      const before = versionOfCursor(cursor);
      if (isRefusal(before)) return before;
      return inGateway(kernel, actor, gatewayId, async (tx) => {
        const rows = await listConfigs(tx, actor.networkId, gatewayId, before, limit + 1);
        return toPage(rows, limit, ({ version }) => [version]);
      });
    },
    put: (actor, gatewayId, { config, basedOn, note }) =>
      write(actor, gatewayId, async () => ({ config, basedOn, note: note ?? null, restoredFrom: null })),
    restore: (actor, gatewayId, version, { basedOn, note }) =>
      write(actor, gatewayId, async (tx) => {
        const old = await oneConfig(tx, actor.networkId, gatewayId, version);
        if (!old) return notFound('version');
        return { config: old.config, basedOn, note: note ?? null, restoredFrom: version };
      }),
  };
}

interface Change extends Pick<NewGatewayConfig, 'config' | 'basedOn'> {
  readonly note: string | null;
  readonly restoredFrom: number | null;
}

async function store(
  tx: Tx,
  actor: Actor,
  { id: gatewayId, organisationId, code }: FoundGateway,
  { config, basedOn, note, restoredFrom }: Change,
  running: number,
): Promise<GatewayConfig | Refusal> {
  const { networkId } = actor;
  const stored = await insertConfig(tx, {
    networkId,
    gatewayId,
    organisationId,
    basedOn: basedOn ?? 0,
    above: running,
    config,
    createdBy: actor.label,
    createdAt: tx.clock.wallNow(),
    note,
    restoredFrom,
  });
  if (!stored) return changedMeanwhile(await newestConfig(tx, networkId, gatewayId));
  await dropOldConfigs(tx, networkId, gatewayId, VERSIONS_MAX);
  const commands = config.machines.flatMap((one) =>
    (one.commands ?? []).map((it) => `${one.machine}/${it.code}`),
  );
  await recordAudit(tx, actor, {
    action: restoredFrom === null ? 'gateway.config-write' : 'gateway.config-restore',
    subject: `gateway/${gatewayId}`,
    detail: {
      code,
      version: stored.version,
      restoredFrom,
      note,
      connections: config.connections.length,
      machines: config.machines.length,
      // What can be done to machines is what an auditor asks for.
      commands: commands.slice(0, AUDITED_COMMANDS_MAX),
    },
  });
  await wakeGateway(tx, gatewayId);
  return stored;
}

/** An audit entry is read by people. */
const AUDITED_COMMANDS_MAX = 100;

function machinesOf(directory: Directory, organisationId: string): MachineLookup {
  return (code) => {
    const found = directory.machineByCode(organisationId, code);
    return found && { gatewayId: found.gatewayId, zone: found.zone, retired: found.retiredAt !== null };
  };
}

function faulty(faults: readonly { readonly path: string; readonly message: string }[]): Refusal {
  const first = faults[0];
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return refuse('config-faults', 422, `${first?.path} ${first?.message}${more}.`, {
    fields: faults.map(({ path, message }) => ({ pointer: `/body/config${path}`, message })),
    values: { faults: faults.length },
  });
}

function changedMeanwhile(newest: GatewayConfig | undefined): Refusal {
  const version = newest?.version ?? 0;
  const by = newest?.createdBy ?? '';
  return refuse(
    'config-changed',
    409,
    version === 0
      ? 'This gateway has no configuration yet; write the first one with basedOn null.'
      : `The configuration was changed meanwhile: version ${version} by ${by}. Look at it, then write yours on top.`,
    {
      fields: [{ pointer: '/body/basedOn', message: `the newest version is ${version}` }],
      values: { version, by },
    },
  );
}

const NO_CONFIG = refuse('no-config', 404, 'This gateway has no configuration yet.');
