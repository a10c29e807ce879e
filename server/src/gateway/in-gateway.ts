import { type Actor, findGateway, scopeOf } from '../access/index.ts';
import { type Kernel, notFound, type Refusal, type Tx } from '../kernel/index.ts';

export type FoundGateway = NonNullable<Awaited<ReturnType<typeof findGateway>>>;

/** Any gateway that the actor may see and that is not revoked. */
export function inGateway<T>(
  kernel: Kernel,
  actor: Actor,
  gatewayId: string,
  work: (tx: Tx, gateway: FoundGateway) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  return kernel.db.transaction<T | Refusal>(scopeOf(actor), async (tx) => {
    const gateway = await findGateway(tx, actor.networkId, gatewayId);
    return gateway ? work(tx, gateway) : notFound('gateway');
  });
}
