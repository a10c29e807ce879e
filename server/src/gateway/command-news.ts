import type { EventPayload } from '@millrace/contract';
import type { Kernel, NewEvent, Tx } from '../kernel/index.ts';
import { briefValue } from './brief-value.ts';
import type { CommandRow } from './store-command.ts';

/** A feed says it in one sentence; the whole text stands at the command. */
const TEXT_MAX = 120;

type CommandEvent =
  | NewEvent<'machine-command-requested'>
  | NewEvent<'machine-command-approved'>
  | NewEvent<'machine-command-executed'>
  | NewEvent<'machine-command-failed'>
  | NewEvent<'machine-command-lapsed'>;

/** Tells the feed what the command has become, in the transaction in which it became so. */
export async function tellCommand({ bus }: Kernel, tx: Tx, row: CommandRow): Promise<void> {
  const event = newsOf(row);
  if (event) await bus.publishAll(tx, row.networkId, [event]);
}

/** Undefined where nothing happened that a person waits for: it is on its way to the box. */
export function newsOf(row: CommandRow): CommandEvent | undefined {
  const { machineId, gatewayId, command, state, requestedBy, approvedBy, outcome } = row;
  const about = {
    commandId: row.id,
    machineId,
    gatewayId,
    command,
    value: briefValue(row.value, TEXT_MAX),
    requestedBy,
  };
  switch (state) {
    case 'awaiting-approval':
    case 'queued': {
      if (approvedBy !== null) {
        return { kind: 'machine-command-approved', payload: { ...about, approvedBy } };
      }
      const { class: kind, reason } = row;
      return { kind: 'machine-command-requested', payload: { ...about, class: kind, reason } };
    }
    case 'delivered':
      return undefined;
    case 'executed': {
      const readBack = briefValue(outcome?.readBack ?? null, TEXT_MAX);
      return { kind: 'machine-command-executed', payload: { ...about, readBack } };
    }
    case 'refused':
    case 'failed':
    case 'unknown': {
      const { refusal = null, detail = null } = outcome ?? {};
      const payload: EventPayload<'machine-command-failed'> = {
        ...about,
        outcome: state,
        refusal,
        detail: detail === null ? null : detail.slice(0, TEXT_MAX),
      };
      return { kind: 'machine-command-failed', payload };
    }
    case 'withdrawn':
    case 'expired':
      return { kind: 'machine-command-lapsed', payload: { ...about, outcome: state } };
  }
}
