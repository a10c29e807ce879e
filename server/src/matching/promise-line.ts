import type { Promise_, PromiseOption, PromiseRequest } from '@millrace/contract';
import {
  type BindingConstraint,
  type PromiseOption as EngineOption,
  type LineSnapshot,
  type Priority,
  promise,
  type SiteRefusal,
} from '@millrace/engine';
import type { Actor } from '../access/index.ts';
import { type Kernel, notFound, type Refusal } from '../kernel/index.ts';
import type { Directory, Registry } from '../registry/index.ts';
import type { PromiseBases } from './promise-basis.ts';

/** So long an answer is worth something (wall): other orders come in meanwhile. */
const VALID_MS = 5 * 60_000;
const PRIORITY_DEFAULT = 2;

const KIND: Readonly<Record<EngineOption['kind'], PromiseOption['kind']>> = {
  'earliest-whole': 'earliest-whole',
  'earliest-split': 'earliest-split',
  'cheapest-in-time': 'cheapest',
};
const BINDING: Readonly<Record<BindingConstraint, PromiseOption['binding']>> = {
  machine: 'machine',
  calendar: 'calendar',
  committed: 'committed',
  unattainable: 'machine',
  transport: 'transport',
  earliest: 'none',
};
/** Refusals before the engine looks at time, in the words of the contract. */
const NO_SITE = 'not-capable';

export interface PromiseSources {
  readonly kernel: Kernel;
  readonly registry: Registry;
  readonly bases: PromiseBases;
}

/** Capable-to-promise: what this line could have on top of everything reserved. Reserves nothing. */
export async function promiseLine(
  { kernel, registry, bases }: PromiseSources,
  actor: Actor,
  asked: PromiseRequest,
): Promise<Promise_ | Refusal> {
  const { networkId } = actor;
  const directory = await registry.directory(networkId);
  if (!directory.item(asked.itemId)) return notFound('item');
  const startMs = performance.now();
  const now = kernel.clock.now();
  // Whoever asks, the answer rests on the whole network's plan; nothing of it but the options is given out.
  const { index, hash } = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
    bases.basis(tx, networkId, now, asked.requestedAt),
  );
  const { options, refusals } = promise(index, toLine(asked), { nowMs: now });
  return {
    options: options.map((option) => toOption(directory, option)),
    refusals: options.length > 0 ? [] : countBySite(refusals),
    basisHash: hash,
    expiresAt: kernel.clock.wallNow() + VALID_MS,
    computedMs: Math.round((performance.now() - startMs) * 100) / 100,
  };
}

function toLine(asked: PromiseRequest): LineSnapshot {
  return {
    id: 'asked',
    itemId: asked.itemId,
    quantity: asked.quantity,
    dueMs: asked.requestedAt,
    priority: (asked.priority ?? PRIORITY_DEFAULT) as Priority,
    splitAllowed: asked.splitAllowed ?? true,
    minShipment: asked.minimumShipment ?? 1,
    destination: asked.destination,
  };
}

function toOption(directory: Directory, option: EngineOption): PromiseOption {
  const currency = option.allocations
    .map(({ capabilityId }) => directory.capability(capabilityId)?.currency)
    .find((code) => code !== undefined);
  return {
    kind: KIND[option.kind],
    arriveAt: option.arriveMs,
    finishAt: option.finishMs,
    onTime: option.inTime,
    costMinor: option.costMinor,
    currency: currency ?? 'USD',
    sites: option.allocations.map(({ siteId, quantity, finishMs, arriveMs }) => ({
      siteId,
      siteName: directory.site(siteId)?.name ?? '?',
      quantity,
      finishAt: finishMs,
      arriveAt: arriveMs,
    })),
    binding: BINDING[option.binding],
  };
}

function countBySite(refusals: readonly SiteRefusal[]): Promise_['refusals'] {
  const sites = new Map<string, Set<string>>();
  for (const { reason, siteId } of refusals) sites.set(reason, (sites.get(reason) ?? new Set()).add(siteId));
  if (sites.size === 0) return [{ code: NO_SITE, sites: 0 }];
  return [...sites].map(([code, ids]) => ({ code, sites: ids.size }));
}
