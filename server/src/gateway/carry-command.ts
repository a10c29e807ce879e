import { COMMAND_TEXT_MAX, type CommandOutcome, type EdgeOrders } from '@millrace/contract';
import { type Actor, stillMay, systemActor } from '../access/index.ts';
import { type Kernel, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { briefValue } from './brief-value.ts';
import { stepCommand } from './command.ts';
import { tellCommand } from './command-news.ts';
import { auditCommand } from './request-command.ts';
import { storableJson } from './storable-json.ts';
import {
  type CommandRow,
  findCommand,
  findSwitch,
  listOverdue,
  lockDeliverable,
  updateCommand,
} from './store-command.ts';

/** The longest read-back, and the time a line needs to come back, with room to spare. */
const UNKNOWN_AFTER_MS = 120_000;
/** Of one answer; what is left comes with the next. */
const HANDED_OUT_MAX = 64;
/** Of one turn of the timer. */
const OVERDUE_MAX = 500;

/** What the agent should have now; those told before `toldBefore` and not answered come again. */
export async function handOut(
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

/** Looked at anew each time it is told: switched off, moved to another box, or asked by whom the right was taken means not once more. */
async function isStillWanted(registry: Registry, tx: Tx, row: CommandRow): Promise<boolean> {
  const machine = await registry.machine(tx, row.machineId);
  if (machine?.gatewayId !== row.gatewayId || machine.retiredAt !== null) return false;
  if (!(await stillMay(tx, { ...row, id: row.requestedById }, 'command.request'))) return false;
  return (await findSwitch(tx, row.networkId, row.machineId))?.enabled ?? false;
}

/** What the agent says became of it; stored once. */
export async function settle(
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
  const readBack = briefValue(outcome.readBack, COMMAND_TEXT_MAX);
  const clean = JSON.parse(storableJson({ ...outcome, readBack })) as CommandOutcome;
  await updateCommand(tx, row, { state, outcome: clean });
  await auditCommand(tx, gateway, row, 'command.outcome', { ...clean, requestedBy: row.requestedBy });
  await tellCommand(kernel, tx, { ...row, state, outcome: clean });
}

/** Ends what was not handed out in time, and gives up what was and is not heard of. */
export async function expire(kernel: Kernel): Promise<void> {
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
      await tellCommand(kernel, tx, { ...row, state });
    });
  }
}
