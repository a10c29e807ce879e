import { canonicalJson, createPlanIndex, type PlanIndex } from '@millrace/engine';
import type { CapacityChange } from '../capacity/index.ts';
import type { Kernel, Tx } from '../kernel/index.ts';
import { sha256 } from './engine-work.ts';
import { toBasis } from './snapshot-input.ts';
import { horizonFor, type WorldSources } from './world.ts';

/** The windows of a basis begin when it was built; older than this (domain) it is built anew. */
const AGE_MAX_MS = 6 * 3_600_000;
/** Networks whose plan is held in memory; the one asked longest ago goes first. */
const NETWORKS_MAX = 64;

/** A network's live plan, prepared for questions, and the hash of everything an answer rests on. */
export interface PromiseBasis {
  readonly index: PlanIndex;
  readonly hash: string;
}

interface Held {
  readonly index: PlanIndex;
  readonly builtAt: number;
  readonly horizonEnd: number;
  version: number;
  hash: string;
}

export interface PromiseBases {
  /** As new as the transaction sees; network scope. */
  basis(tx: Tx, networkId: string, now: number, dueAt: number): Promise<PromiseBasis>;
}

/**
 * Kept up to date by what this process commits; the version row tells when somebody else changed something, or when a
 * change was of another kind than a reservation. Then it is built again, once for all who ask meanwhile.
 */
export function createPromiseBases(kernel: Kernel, sources: WorldSources): PromiseBases {
  const held = new Map<string, Held>();
  const building = new Map<string, Promise<Held>>();
  sources.capacity.onChange((change) => {
    const known = held.get(change.networkId);
    if (known && !follow(known, change)) held.delete(change.networkId);
  });
  const build = async (networkId: string, now: number, dueAt: number): Promise<Held> => {
    const horizonEnd = horizonFor(now, dueAt);
    const fresh = await kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
      const directory = await sources.registry.directory(networkId);
      const resources = await sources.capacity.planningResources(tx, networkId, now, horizonEnd);
      const snapshot = toBasis({ networkId, now, horizonEnd, directory, resources });
      const hash = sha256(canonicalJson(snapshot));
      const { version } = resources;
      return { index: createPlanIndex(snapshot), builtAt: now, horizonEnd, version, hash };
    });
    held.delete(networkId);
    held.set(networkId, fresh);
    for (const oldest of held.keys()) {
      if (held.size <= NETWORKS_MAX) break;
      held.delete(oldest);
    }
    return fresh;
  };
  return {
    basis: async (tx, networkId, now, dueAt) => {
      const version = await sources.capacity.version(tx, networkId);
      const known = held.get(networkId);
      const fits =
        known !== undefined &&
        known.version >= version &&
        now - known.builtAt <= AGE_MAX_MS &&
        dueAt < known.horizonEnd;
      if (fits) return known;
      let under = building.get(networkId);
      if (!under) {
        under = build(networkId, now, dueAt).finally(() => building.delete(networkId));
        building.set(networkId, under);
      }
      return under;
    },
  };
}

/** False when the change cannot be followed. */
function follow(known: Held, change: CapacityChange): boolean {
  // Read before it was committed, or after: what is already in there is not taken twice.
  if (change.version <= known.version) return true;
  if (change.rebuilt || change.version !== known.version + 1) return false;
  known.index.release(change.released);
  known.index.force(change.reserved);
  known.version = change.version;
  known.hash = sha256(`${known.hash}${canonicalJson([change.released, change.reserved])}`);
  return true;
}
