import type { CapacityBlock, NewCapacityBlock } from '@millrace/contract';
import { type Actor, recordAudit } from '../access/index.ts';
import { notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { capacityChanged, type Desk, unknown } from './desk.ts';
import type { RegisteredMachine } from './registry.ts';
import { deleteBlock, findBlock, upsertBlock } from './store-block.ts';

/** A block longer than this is a machine that should be retired. */
const BLOCK_MAX_MS = 400 * 86_400_000;

export async function addBlock(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  machine: RegisteredMachine | undefined,
  fresh: NewCapacityBlock,
): Promise<CapacityBlock | Refusal> {
  const { networkId } = actor;
  const wrong = checkSpan(fresh, desk.kernel.clock.now());
  if (wrong) return wrong;
  if (!machine || machine.retiredAt !== null) return unknown('machine', 'machineId');
  const block: CapacityBlock = { id: desk.kernel.ids(), ...fresh };
  await upsertBlock(tx, {
    ...block,
    networkId,
    factoryOrganisationId: machine.organisationId,
    siteId: machine.siteId,
  });
  await recordAudit(tx, actor, {
    action: 'block.create',
    subject: `capacity-block/${block.id}`,
    detail: block,
  });
  await capacityChanged(desk, tx, networkId, [machine.siteId], `block-${block.kind}`);
  return block;
}

function checkSpan({ from, to }: NewCapacityBlock, now: number): Refusal | undefined {
  const why =
    to <= from
      ? 'The block ends before it begins.'
      : to <= now
        ? 'The block lies in the past and would change nothing.'
        : to - from > BLOCK_MAX_MS
          ? 'A block of more than 400 days means that the machine should be retired.'
          : undefined;
  return why === undefined
    ? undefined
    : refuse('bad-span', 422, why, { fields: [{ pointer: '/body/to', message: why }] });
}

export async function dropBlock(desk: Desk, tx: Tx, actor: Actor, id: string): Promise<Refusal | undefined> {
  const { networkId } = actor;
  const block = await findBlock(tx, networkId, id);
  if (!block) return notFound('capacity block');
  if (block.kind === 'down') {
    return refuse(
      'breakdown-block',
      409,
      'This block stands for a breakdown; it goes when the machine reports again.',
    );
  }
  await deleteBlock(tx, networkId, id);
  await recordAudit(tx, actor, { action: 'block.delete', subject: `capacity-block/${id}`, detail: block });
  await capacityChanged(desk, tx, networkId, [block.siteId], 'block-removed');
  return undefined;
}
