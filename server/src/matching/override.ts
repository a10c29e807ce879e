import type { NewOverride } from '@millrace/contract';
import { notFound, type Refusal, refuse } from '../kernel/index.ts';
import type { StoredLine } from '../orders/index.ts';
import type { Directory } from '../registry/index.ts';
import type { StoredAllocation } from './matching.ts';
import type { StoredOverride } from './store-override.ts';

/** A decision that fits the line, not yet stored. */
export interface OverrideDraft {
  /** One per site; `none` has a single row that only records the decision. */
  readonly fresh: readonly Pick<StoredOverride, 'lock' | 'siteId' | 'quantity' | 'finishAt'>[];
  /** Decisions in force that this one takes the place of. */
  readonly replaced: readonly StoredOverride[];
}

/** Without a site, the decision is about where the line is now. */
export function draftOverride(
  asked: NewOverride,
  line: StoredLine,
  active: readonly StoredAllocation[],
  inForce: readonly StoredOverride[],
  directory: Directory,
): OverrideDraft | Refusal {
  if (asked.siteId !== undefined && !directory.site(asked.siteId)) return notFound('site');
  if (asked.lock === 'none') return { fresh: [row('none', null)], replaced: inForce };
  const sites =
    asked.siteId !== undefined ? [asked.siteId] : [...new Set(active.map(({ siteId }) => siteId))].sort();
  if (asked.lock === 'date') {
    if (asked.finishAt === undefined) return missing('finishAt');
    const { finishAt } = asked;
    const replaced = inForce.filter(
      ({ lock, siteId }) => lock === 'date' && (asked.siteId === undefined || siteId === asked.siteId),
    );
    const targets = sites.length > 0 ? sites : [null];
    return { fresh: targets.map((siteId) => ({ ...row('date', siteId), finishAt })), replaced };
  }
  if (sites.length === 0) return missing('siteId');
  const refused = sites.map((siteId) => notMakeable(directory, siteId, line)).find((no) => no !== undefined);
  if (refused) return refused;
  if (asked.lock === 'site') {
    return { fresh: sites.map((siteId) => row('site', siteId)), replaced: inForce.filter(isPlace) };
  }
  return quantityDraft(asked, line, sites, inForce);
}

function quantityDraft(
  { quantity, siteId }: NewOverride,
  line: StoredLine,
  sites: readonly string[],
  inForce: readonly StoredOverride[],
): OverrideDraft | Refusal {
  if (quantity === undefined) return missing('quantity');
  const at = siteId ?? sites[0];
  if (at === undefined || (siteId === undefined && sites.length > 1)) return missing('siteId');
  const others = inForce
    .filter((one) => one.lock === 'quantity' && one.siteId !== at)
    .reduce((sum, one) => sum + (one.quantity ?? 0), 0);
  const available = line.quantity - line.cancelledQuantity - others;
  if (quantity > available) {
    return refuse('more-than-ordered', 409, 'The line has not that many pieces left to decide about.', {
      fields: [{ pointer: '/body/quantity', message: `must be at most ${available}` }],
      values: { available },
    });
  }
  const replaced = inForce.filter(
    (one) => one.lock === 'site' || (one.lock === 'quantity' && one.siteId === at),
  );
  return { fresh: [{ ...row('quantity', at), quantity }], replaced };
}

const row = (
  lock: StoredOverride['lock'],
  siteId: string | null,
): Pick<StoredOverride, 'lock' | 'siteId' | 'quantity' | 'finishAt'> => ({
  lock,
  siteId,
  quantity: null,
  finishAt: null,
});

const isPlace = ({ lock }: StoredOverride): boolean => lock === 'site' || lock === 'quantity';

function notMakeable(directory: Directory, siteId: string, line: StoredLine): Refusal | undefined {
  for (const capability of directory.capabilities()) {
    if (
      capability.siteId === siteId &&
      capability.itemId === line.itemId &&
      capability.state === 'qualified'
    ) {
      return undefined;
    }
  }
  return refuse('not-capable', 409, 'The site is not qualified to make this item.', {
    fields: [{ pointer: '/body/siteId', message: 'has no qualified capability for the item' }],
    values: { site: directory.site(siteId)?.name ?? siteId, item: line.itemCode },
  });
}

function missing(field: string): Refusal {
  return refuse('invalid-request', 400, `This kind of lock needs ${field}.`, {
    fields: [{ pointer: `/body/${field}`, message: 'is required for this lock' }],
  });
}
