import type { EdgeAlarm, MachineRecord } from '@millrace/contract';
import type { Quarantined } from './quarantine-file.ts';
import type { Room } from './room.ts';
import type { Writer } from './writer.ts';

/** In one entry: an upload of the usual size is made of many, whatever signals the records have. */
const ENTRY_ITEMS = 100;
/** A disk that takes longer is in trouble; whoever put things aside waits so long, and nothing is let go of then. */
const DURABLE_MS_MAX = 5_000;

/** What was refused goes into the log like anything new, but never at the cost of what waits there. */
export async function appendAgain(
  { writer, room }: { readonly writer: Writer; readonly room: Room },
  items: readonly Quarantined['item'][],
): Promise<'quota' | 'disk' | undefined> {
  if (items.length === 0) return undefined;
  if (writer.isRefused()) return 'disk';
  const refused = room.without(Buffer.byteLength(JSON.stringify(items)));
  if (refused !== undefined) return refused;
  const records = items.filter((item): item is MachineRecord => 'minute' in item);
  const alarms = items.filter((item): item is EdgeAlarm => !('minute' in item));
  for (let from = 0; from < records.length; from += ENTRY_ITEMS)
    writer.append({ kind: 'records', records: records.slice(from, from + ENTRY_ITEMS) }, undefined);
  for (let from = 0; from < alarms.length; from += ENTRY_ITEMS)
    writer.append({ kind: 'alarms', alarms: alarms.slice(from, from + ENTRY_ITEMS) }, undefined);
  return (await isDurable(writer)) ? undefined : 'disk';
}

async function isDurable(writer: Writer): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), DURABLE_MS_MAX);
  try {
    void writer.flush();
    const closedOrDurable = writer.durable().then(
      () => true,
      () => false,
    );
    return await Promise.race([closedOrDurable, late]);
  } finally {
    clearTimeout(timer);
  }
}
