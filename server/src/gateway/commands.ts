import type {
  CommandOutcome,
  CommandSwitch,
  EdgeOrders,
  MachineCommand,
  NewMachineCommand,
  PageQuery,
} from '@millrace/contract';
import { type Actor, recordAudit, scopeOf, stillMay } from '../access/index.ts';
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
import type { RegisteredMachine, Registry } from '../registry/index.ts';
import { expire, handOut, settle } from './carry-command.ts';
import { type CommandState, stepCommand } from './command.ts';
import { tellCommand } from './command-news.ts';
import { idOfCursor } from './page-position.ts';
import { createRefusedCommands } from './refused-commands.ts';
import {
  auditCommand,
  COMMANDS_DISABLED,
  PERSON_NEEDED,
  requestCommand,
  viewCommand,
} from './request-command.ts';
import {
  type CommandRow,
  dropOldCommands,
  findCommand,
  findSwitch,
  listCommands,
  lockOpen,
  putSwitch,
  updateCommand,
} from './store-command.ts';
import { wakeGateway } from './wake-up.ts';

/** What a yearly report looks back on. */
const KEEP_MS = 400 * 86_400_000;
/** Short transactions, so that nobody waits behind forgetting. */
const DROP_BATCH = 10_000;
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
  /** Writes how many refusals of the hours that are over, or of all, stand in no entry of the audit. */
  auditUnwritten(which: 'ended' | 'all'): Promise<void>;
  /** Forgets what is very old; the audit remembers. */
  sweep(): Promise<void>;
}

export function createCommands(kernel: Kernel, registry: Registry): Commands {
  const { db, clock } = kernel;
  const refused = createRefusedCommands(kernel);
  const onCommand =
    (
      step: 'approve' | 'withdraw',
      act: (tx: Tx, actor: Actor, row: CommandRow) => Promise<MachineCommand | Refusal>,
    ) =>
    async (actor: Actor, id: string): Promise<MachineCommand | Refusal> => {
      const found: { row?: CommandRow } = {};
      const result = await db.transaction(scopeOf(actor), async (tx) => {
        const row = await findCommand(tx, actor.networkId, id, 'lock');
        if (!row) return notFound('command');
        found.row = row;
        return act(tx, actor, row);
      });
      if (isRefusal(result) && found.row) {
        const { machineCode: machine, command, value } = found.row;
        const subject = `machine-command/${id}`;
        await refused.note(actor, { subject, step, machine, command, value }, result);
      }
      return result;
    };
  return {
    request: async (actor, fresh) => {
      const found: { machine?: RegisteredMachine } = {};
      const result = await db.transaction(scopeOf(actor), async (tx) => {
        const machine = await registry.machine(tx, fresh.machineId);
        if (!machine || machine.retiredAt !== null) return notFound('machine');
        found.machine = machine;
        return requestCommand(kernel, tx, actor, machine, fresh);
      });
      if (isRefusal(result) && found.machine) {
        const { id, code: machine } = found.machine;
        const { command, value = null, reason } = fresh;
        const asked = { subject: `machine/${id}`, step: 'request', machine, command, value, reason } as const;
        await refused.note(actor, asked, result);
      }
      return result;
    },
    approve: onCommand('approve', (tx, actor, row) => approve(kernel, tx, actor, row)),
    withdraw: onCommand('withdraw', (tx, actor, row) => withdraw(kernel, tx, actor, row)),
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
      db.transaction(scopeOf(actor), (tx) => turnSwitch(kernel, registry, tx, actor, machineId, enabled)),
    handOut: (tx, gateway, toldBefore) => handOut(registry, tx, gateway, clock.wallNow(), toldBefore),
    settle: (tx, gateway, id, outcome) => settle(kernel, tx, gateway, id, outcome),
    expire: () => expire(kernel),
    auditUnwritten: refused.auditUnwritten,
    sweep: async () => {
      const before = clock.wallNow() - KEEP_MS;
      let gone = DROP_BATCH;
      while (gone === DROP_BATCH) {
        gone = await db.transaction(PLATFORM, (tx) => dropOldCommands(tx, before, DROP_BATCH));
      }
    },
  };
}

async function approve(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  row: CommandRow,
): Promise<MachineCommand | Refusal> {
  if (actor.kind !== 'user') return PERSON_NEEDED;
  if (row.requestedById === actor.id) return SAME_PERSON;
  if (!(await stillMay(tx, { ...row, id: row.requestedById }, 'command.request'))) return ASKER_MAY_NO_MORE;
  const now = tx.clock.wallNow();
  const state = stepCommand(row, 'approve');
  if (!state || row.expiresAt <= now) return tooLate(state ? { ...row, state: 'expired' } : row);
  if (!(await findSwitch(tx, row.networkId, row.machineId))?.enabled) return COMMANDS_DISABLED;
  const approval = { approvedBy: actor.label, approvedById: actor.id, approvedAt: now };
  await updateCommand(tx, row, { state, ...approval });
  await auditCommand(tx, actor, row, 'command.approve', { requestedBy: row.requestedBy });
  const approved = { ...row, state, ...approval };
  await tellCommand(kernel, tx, approved);
  await wakeGateway(tx, row.gatewayId);
  return viewCommand(approved);
}

async function withdraw(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  row: CommandRow,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<MachineCommand | Refusal> {
  const state = stepCommand(row, 'withdraw');
  if (!state) return tooLate(row);
  await updateCommand(tx, row, { state });
  await auditCommand(tx, actor, row, 'command.withdraw', detail);
  await tellCommand(kernel, tx, { ...row, state });
  return viewCommand({ ...row, state });
}

/** Off also takes back what the box has not been told yet. */
async function turnSwitch(
  kernel: Kernel,
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
    const result = await withdraw(kernel, tx, actor, row, { because: 'switched-off' });
    if (!isRefusal(result)) withdrawn.push(row.id);
  }
  await recordAudit(tx, actor, {
    action: enabled ? 'command.enable' : 'command.disable',
    subject: `machine/${machineId}`,
    detail: { machine: machine.code, withdrawn },
  });
  return { machineId, ...change };
}

function tooLate({ state }: Pick<CommandRow, 'state'>): Refusal {
  return refuse('command-too-late', 409, `The command is ${state} already.`, { values: { state } });
}
const ASKER_MAY_NO_MORE = refuse(
  'asker-may-no-more',
  409,
  'Whoever asked for this command may not command machines any more; withdraw it, and let somebody ask who may.',
);
const SAME_PERSON = refuse(
  'same-person',
  403,
  'Whoever asked for a dangerous command cannot approve it; another person must.',
);
