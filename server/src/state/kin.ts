import type { SharedPosition, StoredLayout } from '../ingest/index.ts';
import type { SlotIndex } from './slot-index.ts';
import type { GatewayKey } from './store-hour.ts';

/** Another gateway that machines of this one reported through before, or report through now: they were moved. */
export interface Kin {
  readonly key: GatewayKey;
  readonly shared: readonly SharedPosition[];
}

/** Nearly always none. What a device said in increments stands for itself and is nobody's kin. */
export function kinOf(
  { slots }: Pick<SlotIndex, 'slots'>,
  {
    orgId,
    gatewayId,
    machineIds,
    increments,
  }: Pick<StoredLayout, 'orgId' | 'gatewayId' | 'machineIds' | 'increments'>,
): Kin[] {
  const kin = new Map<string, { readonly key: GatewayKey; readonly shared: SharedPosition[] }>();
  for (const [here, machineId] of machineIds.entries()) {
    if (increments[here]) continue;
    for (const { gateway, position: there } of slots(machineId)) {
      const { live } = gateway;
      if (live.gatewayId === gatewayId || live.orgId !== orgId || live.increments[there]) continue;
      const known = kin.get(live.gatewayId);
      if (known) known.shared.push([here, there]);
      else kin.set(live.gatewayId, { key: keyOf(live), shared: [[here, there]] });
    }
  }
  return [...kin.values()];
}

const keyOf = ({ orgId, networkId, gatewayId }: GatewayKey): GatewayKey => ({ orgId, networkId, gatewayId });
