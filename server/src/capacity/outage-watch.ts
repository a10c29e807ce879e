import type { Kernel, Tx } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { expectedRepair, type Outage, prolonged } from './outage.ts';
import * as store from './store.ts';

/** Wall time between looks at machines that still stand; at the demonstration's speed some domain minutes. */
const LOOK_MS = 5_000;
/** Ahead of this much domain time a look finds the outage, whatever the clock's speed: prolonging decides exactly. */
const LOOK_AHEAD_MS = 2 * 3_600_000;

/** States of a machine that can work: a stop that was told meanwhile is over, its end is only still on the way. */
const ABLE: readonly string[] = ['running', 'idle', 'setup'];

/**
 * A machine that stands still for long gets a block for its expected repair, prolonged while it lasts. `stateOf` is the
 * machine as it is now, undefined when nobody knows.
 */
export function watchOutages(
  kernel: Kernel,
  registry: Registry,
  stateOf: (machineId: string) => string | undefined,
): void {
  const { bus, clock, db } = kernel;
  bus.subscribe('capacity-outages', ['machine-stopped-long', 'machine-recovered'], async (tx, event) => {
    const { networkId, payload } = event;
    if (event.kind === 'machine-recovered') {
      const outage = await store.deleteOutage(tx, networkId, payload.machineId);
      if (!outage) return;
      await registry.removeBlocks(tx, payload.machineId, 'down', Math.max(event.payload.at, outage.since));
      await bus.publish(tx, networkId, 'capacity-changed', {
        siteId: payload.siteId,
        reason: 'machine-recovered',
      });
      return;
    }
    const known = await store.lockOutage(tx, networkId, payload.machineId);
    const { machineId, siteId, since } = event.payload;
    if (known || ABLE.includes(stateOf(machineId) ?? 'unknown')) return;
    const expectedUntil = expectedRepair(since, clock.now());
    await block(tx, kernel, registry, networkId, { machineId, siteId, since, expectedUntil }, 'machine-down');
  });
  kernel.ticker.every('capacity-outages', LOOK_MS, async () => {
    const ending = await db.transaction({ kind: 'platform' }, (tx) =>
      store.listEndingOutages(tx, clock.now() + LOOK_AHEAD_MS),
    );
    for (const { networkId, machineId } of ending) {
      await db.transaction({ kind: 'network', networkId }, async (tx) => {
        const outage = await store.lockOutage(tx, networkId, machineId);
        const expectedUntil = outage && prolonged(outage, clock.now());
        if (!outage || expectedUntil === undefined) return;
        await block(tx, kernel, registry, networkId, { ...outage, expectedUntil }, 'machine-still-down');
      });
    }
  });
}

async function block(
  tx: Tx,
  kernel: Kernel,
  registry: Registry,
  networkId: string,
  outage: Outage,
  reason: string,
): Promise<void> {
  const machine = await registry.machine(tx, outage.machineId);
  if (!machine) return;
  await registry.removeBlocks(tx, outage.machineId, 'down', outage.since);
  await registry.putBlock(tx, {
    id: kernel.ids(),
    machineId: outage.machineId,
    from: outage.since,
    to: outage.expectedUntil,
    kind: 'down',
    reason,
  });
  await store.putOutage(tx, networkId, outage, machine.organisationId);
  await kernel.bus.publish(tx, networkId, 'capacity-changed', { siteId: outage.siteId, reason });
}
