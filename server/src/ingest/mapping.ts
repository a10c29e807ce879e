import { randomBytes } from 'node:crypto';
import type { DeviceMapping, NewDeviceMapping } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf } from '../access/index.ts';
import { type Kernel, notFound, type Refusal, refuse } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { DEVICE_TOKEN_PREFIX, type DeviceBook, hashDeviceToken } from './device-book.ts';
import { insertMapping, listMappings, raiseMappingVersion, revokeMapping } from './store-mapping.ts';

const TOKEN_BYTES = 24;

/** Devices that speak another form, each bound to one machine. */
export interface Mappings {
  list(actor: Actor): Promise<{ rows: DeviceMapping[] }>;
  /** The token is shown once. */
  create(actor: Actor, fresh: NewDeviceMapping): Promise<{ mapping: DeviceMapping; token: string } | Refusal>;
  revoke(actor: Actor, id: string): Promise<{ revoked: true } | Refusal>;
}

export interface MappingParts {
  readonly kernel: Kernel;
  readonly registry: Pick<Registry, 'machine'>;
  readonly devices: DeviceBook;
  /** Whether a machine counts in increments is part of its organisation's layout. */
  readonly changed: (orgId: string) => void;
}

export function createMappings({ kernel, registry, devices, changed }: MappingParts): Mappings {
  const { db, clock } = kernel;
  return {
    list: (actor) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const rows = await listMappings(tx, actor.networkId);
        return { rows: rows.map(toView) };
      }),
    create: (actor, fresh) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const machine = await registry.machine(tx, fresh.machineId);
        if (!machine) return notFound('machine');
        if (machine.gatewayId !== null) return HAS_GATEWAY;
        const token = DEVICE_TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
        const mapping = {
          id: kernel.ids(),
          networkId: machine.networkId,
          orgId: machine.organisationId,
          machineId: machine.id,
          form: fresh.form,
          countKey: fresh.countKey ?? null,
          countKind: fresh.countKind ?? 'cumulative',
          runningKey: fresh.runningKey ?? null,
          runningValues: fresh.runningValues ?? [],
          energyKey: fresh.energyKey ?? null,
        };
        const inserted = await insertMapping(tx, mapping, hashDeviceToken(token), clock.now());
        if (inserted === 0) return ALREADY_MAPPED;
        await raiseMappingVersion(tx);
        await recordAudit(tx, actor, {
          action: 'mapping.create',
          subject: `device-mapping/${mapping.id}`,
          detail: { machine: machine.code, form: mapping.form },
        });
        tx.afterCommit(() => {
          devices.forget();
          changed(mapping.orgId);
        });
        return { mapping: toView(mapping), token };
      }),
    revoke: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        if ((await revokeMapping(tx, actor.networkId, id, clock.now())) === 0)
          return notFound('device mapping');
        await raiseMappingVersion(tx);
        await recordAudit(tx, actor, {
          action: 'mapping.revoke',
          subject: `device-mapping/${id}`,
          detail: {},
        });
        tx.afterCommit(() => devices.forget());
        return { revoked: true as const };
      }),
  };
}

function toView(mapping: DeviceMapping): DeviceMapping {
  const { id, machineId, form, countKey, countKind, runningKey, runningValues, energyKey } = mapping;
  return { id, machineId, form, countKey, countKind, runningKey, runningValues, energyKey };
}

const HAS_GATEWAY = refuse(
  'machine-has-gateway',
  409,
  'This machine reports through a gateway; a second source would be counted twice. Take it off the gateway first.',
);
const ALREADY_MAPPED = refuse(
  'already-mapped',
  409,
  'A device is already mapped onto this machine; delete that mapping first.',
);
