import { randomBytes } from 'node:crypto';
import type { DeviceMapping, NewDeviceMapping, PageQuery } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf } from '../access/index.ts';
import {
  decodeCursor,
  isRefusal,
  type Kernel,
  notFound,
  PAGE_DEFAULT,
  type Refusal,
  refuse,
  toPage,
} from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { DEVICE_TOKEN_PREFIX, type DeviceBook, hashDeviceToken } from './device-book.ts';
import { insertMapping, listMappings, raiseMappingVersion, revokeMapping } from './store-mapping.ts';

const TOKEN_BYTES = 24;

/**
 * Devices that speak another form, each bound to one machine. While it is, the machine is the device's alone: its gateway and
 * API keys are refused for it, because two sources would be counted twice.
 */
export interface Mappings {
  list(
    actor: Actor,
    page: PageQuery,
  ): Promise<{ rows: DeviceMapping[]; nextCursor: string | null } | Refusal>;
  /** The token is shown once. */
  create(actor: Actor, fresh: NewDeviceMapping): Promise<{ mapping: DeviceMapping; token: string } | Refusal>;
  revoke(actor: Actor, id: string): Promise<DeviceMapping | Refusal>;
}

export interface MappingParts {
  readonly kernel: Kernel;
  readonly registry: Pick<Registry, 'machine'>;
  readonly devices: DeviceBook;
}

export function createMappings({ kernel, registry, devices }: MappingParts): Mappings {
  const { db, clock } = kernel;
  return {
    list: (actor, { cursor, limit = PAGE_DEFAULT }) => {
      const after = decodeCursor(cursor, 1);
      if (isRefusal(after)) return Promise.resolve(after);
      if (after && !UUID.test(String(after[0]))) return Promise.resolve(BAD_CURSOR);
      return db.transaction(scopeOf(actor), async (tx) => {
        const rows = await listMappings(tx, actor.networkId, (after?.[0] as string) ?? null, limit + 1);
        return toPage(rows.map(toView), limit, ({ id }) => [id]);
      });
    },
    create: (actor, fresh) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const machine = await registry.machine(tx, fresh.machineId);
        if (!machine || !isOwn(actor, machine)) return notFound('machine');
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
        tx.afterCommit(devices.forget);
        return { mapping: toView(mapping), token };
      }),
    revoke: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const ended = await revokeMapping(tx, actor.networkId, id, clock.now());
        if (!ended) return notFound('device mapping');
        await raiseMappingVersion(tx);
        await recordAudit(tx, actor, {
          action: 'mapping.revoke',
          subject: `device-mapping/${id}`,
          detail: { machineId: ended.machineId },
        });
        tx.afterCommit(devices.forget);
        return toView(ended);
      }),
  };
}

/** A machine that is merely shared with the actor is seen, and still another's. */
const isOwn = (actor: Actor, machine: { organisationId: string }): boolean =>
  actor.organisationKind === 'operator' || machine.organisationId === actor.organisationId;

function toView(mapping: DeviceMapping): DeviceMapping {
  const { id, machineId, form, countKey, countKind, runningKey, runningValues, energyKey } = mapping;
  return { id, machineId, form, countKey, countKind, runningKey, runningValues, energyKey };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BAD_CURSOR = refuse(
  'bad-cursor',
  400,
  'The cursor is not one this list gave out; start again without it.',
);
const ALREADY_MAPPED = refuse(
  'already-mapped',
  409,
  'A device is already mapped onto this machine; delete that mapping first.',
);
