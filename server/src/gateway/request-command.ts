import type { EdgeCommand, MachineCommand, NewMachineCommand } from '@millrace/contract';
import { type Actor, findGateway, recordAudit } from '../access/index.ts';
import { type Kernel, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { RegisteredMachine } from '../registry/index.ts';
import { type CommandState, checkValue, type ValueFault } from './command.ts';
import { tellCommand } from './command-news.ts';
import { type CommandRow, commandByKey, countOpen, findSwitch, insertCommand } from './store-command.ts';
import { appliedConfig } from './store-config.ts';
import { wakeGateway } from './wake-up.ts';

/** Per machine; who has more than this open is not looking at the machine. */
const OPEN_MAX = 16;

/** Every condition of the platform has its own refusal; those of the box come back as the command's outcome. */
export async function requestCommand(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  machine: RegisteredMachine,
  fresh: NewMachineCommand,
): Promise<MachineCommand | Refusal> {
  const { networkId } = actor;
  const repeated = await sameKey(tx, networkId, fresh);
  if (repeated) return repeated;
  if (!(await findSwitch(tx, networkId, machine.id))?.enabled) return COMMANDS_DISABLED;
  // A revoked one stays assigned until somebody assigns another; nobody would ever fetch the command.
  if (machine.gatewayId === null || !(await findGateway(tx, networkId, machine.gatewayId))) return NO_GATEWAY;
  const applied = await appliedConfig(tx, networkId, machine.gatewayId);
  const configured = applied?.config.machines.find((one) => one.machine === machine.code);
  const command = configured?.commands?.find(({ code }) => code === fresh.command);
  if (!command) return NOT_CONFIGURED;
  const wrong = checkValue(command, fresh.value ?? null);
  if (wrong) return wrongValue(wrong);
  if (command.class === 'dangerous' && actor.kind !== 'user') return PERSON_NEEDED;
  if ((await countOpen(tx, networkId, machine.id)) >= OPEN_MAX) return TOO_MANY;
  const row = newRow(kernel, actor, machine, machine.gatewayId, command, fresh);
  if (!(await insertCommand(tx, row))) return (await sameKey(tx, networkId, fresh)) ?? TOO_MANY;
  await auditCommand(tx, actor, row, 'command.request', {
    reason: row.reason,
    class: row.class,
    address: command.address,
    expiresAt: row.expiresAt,
  });
  await tellCommand(kernel, tx, row);
  if (row.state === 'queued') await wakeGateway(tx, row.gatewayId);
  return viewCommand(row);
}

/** The same key again is the same command; with another content it is somebody's mistake. */
async function sameKey(
  tx: Tx,
  networkId: string,
  { machineId, requestKey, command, value }: NewMachineCommand,
): Promise<MachineCommand | Refusal | undefined> {
  if (requestKey === undefined) return undefined;
  const known = await commandByKey(tx, networkId, machineId, requestKey);
  if (!known) return undefined;
  return known.command === command && known.value === (value ?? null) ? viewCommand(known) : KEY_REUSED;
}

function newRow(
  kernel: Kernel,
  actor: Actor,
  machine: RegisteredMachine,
  gatewayId: string,
  command: EdgeCommand,
  fresh: NewMachineCommand,
): CommandRow {
  const now = kernel.clock.wallNow();
  const state: CommandState = command.class === 'dangerous' ? 'awaiting-approval' : 'queued';
  return {
    networkId: actor.networkId,
    id: kernel.ids(),
    organisationId: machine.organisationId,
    gatewayId,
    machineId: machine.id,
    machineCode: machine.code,
    command: command.code,
    class: command.class,
    value: fresh.value ?? null,
    reason: fresh.reason,
    requestKey: fresh.requestKey ?? null,
    state,
    requestedBy: actor.label,
    requestedById: actor.id,
    requestedAt: now,
    approvedBy: null,
    approvedById: null,
    approvedAt: null,
    expiresAt: now + fresh.expiresInS * 1_000,
    deliveredAt: null,
    outcome: null,
  };
}

/** Who did what to which machine, always with the value. */
export function auditCommand(
  tx: Tx,
  actor: Actor,
  row: CommandRow,
  action: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { machineCode: machine, command, value } = row;
  const subject = `machine-command/${row.id}`;
  return recordAudit(tx, actor, { action, subject, detail: { machine, command, value, ...detail } });
}

export function viewCommand(row: CommandRow): MachineCommand {
  return {
    id: row.id,
    machineId: row.machineId,
    gatewayId: row.gatewayId,
    command: row.command,
    class: row.class,
    value: row.value,
    reason: row.reason,
    state: row.state,
    requestedBy: row.requestedBy,
    requestedAt: row.requestedAt,
    approvedBy: row.approvedBy,
    approvedAt: row.approvedAt,
    expiresAt: row.expiresAt,
    outcome: row.outcome,
  };
}

function wrongValue(wrong: ValueFault): Refusal {
  const fields = (message: string) => [{ pointer: '/body/value', message }];
  if (wrong.code === 'command-value-type') {
    const { expected } = wrong;
    const detail = `This command writes a value of type ${expected}.`;
    return refuse('command-value-type', 422, detail, {
      fields: fields(`must be ${expected}`),
      values: { expected },
    });
  }
  const { minimum, maximum } = wrong;
  return refuse('command-value-range', 422, `The value must lie between ${minimum} and ${maximum}.`, {
    fields: fields(`must be from ${minimum} to ${maximum}`),
    values: { minimum, maximum },
  });
}

export const COMMANDS_DISABLED = refuse(
  'commands-disabled',
  409,
  'This machine takes no commands: its owner has not switched them on.',
);
const NO_GATEWAY = refuse(
  'machine-without-gateway',
  409,
  'This machine is assigned to no gateway that is in service.',
);
const NOT_CONFIGURED = refuse(
  'command-not-configured',
  422,
  'The configuration that the gateway runs has no such command for this machine.',
  { fields: [{ pointer: '/body/command', message: 'is not in the applied configuration' }] },
);
export const PERSON_NEEDED = refuse(
  'person-needed',
  403,
  'A dangerous command is asked for by one person and approved by another; no program stands in for them.',
);
const TOO_MANY = refuse(
  'too-many-commands',
  409,
  `This machine has ${OPEN_MAX} open commands already; wait for them or withdraw some.`,
  { values: { most: OPEN_MAX } },
);
const KEY_REUSED = refuse(
  'request-key-reused',
  409,
  'This key stands for another command of the machine already.',
  { fields: [{ pointer: '/body/requestKey', message: 'was used for another command' }] },
);
