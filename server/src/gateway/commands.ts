import type {
  CommandOutcome,
  CommandSwitch,
  EdgeOrders,
  MachineCommand,
  NewMachineCommand,
  PageQuery,
} from '@millrace/contract';
import { type Actor, recordAudit, scopeOf, systemActor } from '../access/index.ts';
import {
  isRefusal,
  type Kernel,
  notFound,
  PAGE_DEFAULT,
  PLATFORM,
  type Refusal,
  refuse,
  type Tx,
  toPage,
} from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { type CommandState, stepCommand } from './command.ts';
import { idOfCursor } from './page-position.ts';
import {
  auditCommand,
  COMMANDS_DISABLED,
  PERSON_NEEDED,
  requestCommand,
  viewCommand,
} from './request-command.ts';
import { storableJson } from './storable-json.ts';
import {
  type CommandRow,
  dropOldCommands,
  findCommand,
  findSwitch,
  listCommands,
  listOverdue,
  lockDeliverable,
  lockOpen,
  putSwitch,
  updateCommand,
} from './store-command.ts';
import { wakeGateway } from './wake-up.ts';

/** The longest read-back, and the time a line needs to come back, with room to spare. */
const UNKNOWN_AFTER_MS = 120_000;
/** Of one answer; what is left comes with the next. */
const HANDED_OUT_MAX = 64;
/** What a yearly report looks back on. */
const KEEP_MS = 400 * 86_400_000;
/** Short transactions, so that nobody waits behind forgetting. */
const DROP_BATCH = 10_000;
/** Of one turn of the timer. */
const OVERDUE_MAX = 500;

export interface CommandQuery extends PageQuery {
  readonly machineId?: string;
  readonly gatewayId?: string;
  readonly state?: CommandState;
}
interface Page {
  readonly rows: MachineCommand[];
  readonly nextCursor: string | null;
}

/** Writes and calls at machines: who asked, who approved, what became of it. */
export interface Commands {
  request(actor: Actor, fresh: NewMachineCommand): Promise<MachineCommand | Refusal>;
  approve(actor: Actor, id: string): Promise<MachineCommand | Refusal>;
  withdraw(actor: Actor, id: string): Promise<MachineCommand | Refusal>;
  one(actor: Actor, id: string): Promise<MachineCommand | Refusal>;
  list(actor: Actor, query: CommandQuery): Promise<Page | Refusal>;
  readSwitch(actor: Actor, machineId: string): Promise<CommandSwitch | Refusal>;
  turnSwitch(actor: Actor, machineId: string, enabled: boolean): Promise<CommandSwitch | Refusal>;
  /** For the agent, in the transaction of its exchange; those told before `toldBefore` and not answered come again. */
  handOut(tx: Tx, gateway: Actor, toldBefore: number): Promise<EdgeOrders['commands']>;
  /** What the agent says; stored once. */
  settle(tx: Tx, gateway: Actor, id: string, outcome: CommandOutcome): Promise<void>;
  /** Ends what ran out. */
  expire(): Promise<void>;
  /** Forgets what is very old; the audit remembers. */
  sweep(): Promise<void>;
}

export function createCommands(kernel: Kernel, registry: Registry): Commands {
  const { db, clock } = kernel;
  return {
    request: (actor, fresh) =>
      db.transaction(scopeOf(actor), (tx) => requestCommand(kernel, registry, tx, actor, fresh)),
    approve: (actor, id) => db.transaction(scopeOf(actor), (tx) => approve(tx, actor, id)),
    withdraw: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const row = await findCommand(tx, actor.networkId, id, 'lock');
        if (!row) return notFound('command');
        const state = stepCommand(row, 'withdraw');
        if (!state) return tooLate(row);
        await updateCommand(tx, row, { state });
        await auditCommand(tx, actor, row, 'command.withdraw');
        return viewCommand({ ...row, state });
      }),
    one: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const row = await findCommand(tx, actor.networkId, id);
        return row ? viewCommand(row) : notFound('command');
      }),
    list: async (actor, { cursor, limit = PAGE_DEFAULT, ...filter }) => {
      const beforeId = idOfCursor(cursor);
      if (isRefusal(beforeId)) return beforeId;
      return db.transaction(scopeOf(actor), async (tx) => {
        const found = await listCommands(tx, actor.networkId, { ...filter, beforeId, limit: limit + 1 });
        const page = toPage(found, limit, ({ id }) => [id]);
        return { rows: page.rows.map(viewCommand), nextCursor: page.nextCursor };
      });
    },
    readSwitch: (actor, machineId) =>
      db.transaction(scopeOf(actor), async (tx) => {
        if (!(await registry.machine(tx, machineId))) return notFound('machine');
        const off = { machineId, enabled: false, changedBy: null, changedAt: null };
        return (await findSwitch(tx, actor.networkId, machineId)) ?? off;
      }),
    turnSwitch: (actor, machineId, enabled) =>
      db.transaction(scopeOf(actor), (tx) => turnSwitch(registry, tx, actor, machineId, enabled)),
    handOut: (tx, gateway, toldBefore) => handOut(registry, tx, gateway, clock.wallNow(), toldBefore),
    settle: (tx, gateway, id, outcome) => settle(kernel, tx, gateway, id, outcome),
    expire: () => expire(kernel),
    sweep: async () => {
      const before = clock.wallNow() - KEEP_MS;
      let gone = DROP_BATCH;
      while (gone === DROP_BATCH) {
        gone = await db.transaction(PLATFORM, (tx) => dropOldCommands(tx, before, DROP_BATCH));
      }
    },
  };
}

async function approve(tx: Tx, actor: Actor, id: string): Promise<MachineCommand | Refusal> {
  if (actor.kind !== 'user') return PERSON_NEEDED;
  const row = await findCommand(tx, actor.networkId, id, 'lock');
  if (!row) return notFound('command');
  if (row.requestedById === actor.id) return SAME_PERSON;
  const now = tx.clock.wallNow();
  const state = stepCommand(row, 'approve');
  if (!state || row.expiresAt <= now) return tooLate(state ? { ...row, state: 'expired' } : row);
  if (!(await findSwitch(tx, row.networkId, row.machineId))?.enabled) return COMMANDS_DISABLED;
  const approval = { approvedBy: actor.label, approvedById: actor.id, approvedAt: now };
  await updateCommand(tx, row, { state, ...approval });
  await auditCommand(tx, actor, row, 'command.approve', { requestedBy: row.requestedBy });
  await wakeGateway(tx, row.gatewayId);
  return viewCommand({ ...row, state, ...approval });
}

/** Off also takes back what the box has not been told yet. */
async function turnSwitch(
  registry: Registry,
  tx: Tx,
  actor: Actor,
  machineId: string,
  enabled: boolean,
): Promise<CommandSwitch | Refusal> {
  const machine = await registry.machine(tx, machineId);
  if (!machine) return notFound('machine');
  const { networkId } = actor;
  const change = { enabled, changedBy: actor.label, changedAt: tx.clock.wallNow() };
  const before = await findSwitch(tx, networkId, machineId);
  if (before?.enabled === enabled) return before;
  await putSwitch(tx, { networkId, machineId, organisationId: machine.organisationId, ...change });
  const withdrawn: string[] = [];
  for (const row of enabled ? [] : await lockOpen(tx, networkId, machineId)) {
    const state = stepCommand(row, 'withdraw');
    if (!state) continue;
    await updateCommand(tx, row, { state });
    await auditCommand(tx, actor, row, 'command.withdraw', { because: 'switched-off' });
    withdrawn.push(row.id);
  }
  await recordAudit(tx, actor, {
    action: enabled ? 'command.enable' : 'command.disable',
    subject: `machine/${machineId}`,
    detail: { machine: machine.code, withdrawn },
  });
  return { machineId, ...change };
}

async function handOut(
  registry: Registry,
  tx: Tx,
  gateway: Actor,
  now: number,
  toldBefore: number,
): Promise<EdgeOrders['commands']> {
  const orders: EdgeOrders['commands'] = [];
  const { networkId, id: gatewayId } = gateway;
  for (const row of await lockDeliverable(tx, networkId, gatewayId, now, toldBefore, HANDED_OUT_MAX)) {
    const state = stepCommand(row, 'deliver');
    if (!state || !(await isStillWanted(registry, tx, row))) continue;
    await updateCommand(tx, row, { state, deliveredAt: now });
    if (row.state !== state) await auditCommand(tx, gateway, row, 'command.deliver');
    const { id, machineCode: machine, command, value, expiresAt } = row;
    orders.push({ id, machine, command, value, expiresAt });
  }
  return orders;
}

/** Asked anew each time it is told: switched off or moved to another box means not once more. */
async function isStillWanted(registry: Registry, tx: Tx, row: CommandRow): Promise<boolean> {
  const machine = await registry.machine(tx, row.machineId);
  if (machine?.gatewayId !== row.gatewayId || machine.retiredAt !== null) return false;
  return (await findSwitch(tx, row.networkId, row.machineId))?.enabled ?? false;
}

async function settle(
  kernel: Kernel,
  tx: Tx,
  gateway: Actor,
  id: string,
  outcome: CommandOutcome,
): Promise<void> {
  const row = await findCommand(tx, gateway.networkId, id, 'lock');
  const state = row?.gatewayId === gateway.id ? stepCommand(row, outcome) : undefined;
  if (!row || !state) {
    // Told again, because our word that it is stored was lost; anything else is worth a look.
    if (row?.outcome === null || !row) kernel.log.warn({ gateway: gateway.id, id }, 'outcome of no command');
    return;
  }
  // Texts of machines may hold what no row can: the agent would tell it for ever.
  const clean = JSON.parse(storableJson(outcome)) as CommandOutcome;
  await updateCommand(tx, row, { state, outcome: clean });
  await auditCommand(tx, gateway, row, 'command.outcome', { ...clean, requestedBy: row.requestedBy });
}

async function expire(kernel: Kernel): Promise<void> {
  const now = kernel.clock.wallNow();
  const overdue = await kernel.db.transaction(PLATFORM, (tx) =>
    listOverdue(tx, now, now - UNKNOWN_AFTER_MS, OVERDUE_MAX),
  );
  for (const { networkId, id } of overdue) {
    await kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
      const row = await findCommand(tx, networkId, id, 'lock');
      if (!row) return;
      const isGone = row.expiresAt <= now - UNKNOWN_AFTER_MS;
      const state = stepCommand(row, 'expire') ?? (isGone ? stepCommand(row, 'give-up') : undefined);
      if (!state) return;
      await updateCommand(tx, row, { state });
      await auditCommand(tx, systemActor(networkId), row, 'command.expire', { state });
    });
  }
}

function tooLate({ state }: Pick<CommandRow, 'state'>): Refusal {
  return refuse('command-too-late', 409, `The command is ${state} already.`, { values: { state } });
}
const SAME_PERSON = refuse(
  'same-person',
  403,
  'Whoever asked for a dangerous command cannot approve it; another person must.',
);
