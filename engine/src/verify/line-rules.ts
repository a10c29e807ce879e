import type { Allocation } from '../plan.ts';
import type { CapabilitySnapshot, LineLock, LineSnapshot, SiteSnapshot, Snapshot } from '../snapshot.ts';
import { type Violation, type ViolationCode, violation } from './violation.ts';

/** Sites a line may go to when it does not say; the same promise as in the snapshot, said again here. */
const MOST_SITES = 4;

/** A snapshot with its sites and capabilities by id. */
export interface KnownPlaces {
  readonly snapshot: Snapshot;
  readonly sites: ReadonlyMap<string, SiteSnapshot>;
  readonly capabilities: ReadonlyMap<string, CapabilitySnapshot>;
}

/** What must hold over all parts of one line together. */
export function checkLine(
  known: KnownPlaces,
  line: LineSnapshot,
  parts: readonly Allocation[],
  unplaced: number,
): Violation[] {
  const found: Violation[] = [];
  const say = (code: ViolationCode, detail: string): void => {
    found.push(violation(code, detail, line.id));
  };
  if (!(unplaced >= 0)) say('quantity', `${unplaced} pieces unplaced`);
  const placed = parts.reduce((sum, part) => sum + part.quantity, 0);
  if (placed + unplaced !== line.quantity) {
    say('quantity', `${placed} placed and ${unplaced} unplaced of ${line.quantity}`);
  }
  for (const part of parts) checkArrival(known, line, part, say);
  for (const part of parts) if (line.declinedSiteIds?.includes(part.siteId)) say('declined', part.siteId);
  const locks = line.locks ?? [];
  checkLocks(line, locks, parts, say);
  const free = parts.filter((part) => !isQuantityLocked(part, locks));
  const sites = new Set(free.map((part) => part.siteId));
  if (free.length > 1 && !line.splitAllowed) say('split', 'split although it must not be');
  if (free.length > 1 && sites.size > (line.maxSites ?? MOST_SITES)) say('split', `over ${sites.size} sites`);
  if (free.length > 1 && free.some((part) => part.quantity < line.minShipment)) {
    say('minimum-shipment', `a part below ${line.minShipment}`);
  }
  return found;
}

function checkArrival(
  { snapshot, sites, capabilities }: KnownPlaces,
  line: LineSnapshot,
  part: Allocation,
  say: (code: ViolationCode, detail: string) => void,
): void {
  const { transport } = snapshot;
  const from = sites.get(part.siteId)?.position;
  const km = from && line.destination ? greatCircleKm(from, line.destination) : 0;
  if (Math.abs(part.distanceKm - km) > 1) say('arithmetic', `${part.distanceKm} km, not ${km}`);
  const onTheWayMs = transport.fixedMs + Math.ceil((part.distanceKm / transport.kmPerHour) * 3_600_000);
  if (part.arriveMs !== part.finishMs + onTheWayMs) say('arithmetic', 'arrival is not finish plus transport');
  if (part.lateMs !== Math.max(0, part.arriveMs - line.dueMs))
    say('arithmetic', 'lateness is not arrival minus due');
  const unitMinor = capabilities.get(part.capabilityId)?.unitCostMinor ?? 0;
  const perPieceMinor = unitMinor + (transport.costMinorPerKmPer1000Pieces * part.distanceKm) / 1_000;
  const costMinor = perPieceMinor * part.quantity + transport.costMinorPerShipment;
  if (Math.abs(part.costMinor - costMinor) > 1)
    say('arithmetic', `costs ${costMinor}, not ${part.costMinor}`);
}

function checkLocks(
  line: LineSnapshot,
  locks: readonly LineLock[],
  parts: readonly Allocation[],
  say: (code: ViolationCode, detail: string) => void,
): void {
  const siteIds = locks.filter((lock) => lock.kind === 'site').map((lock) => lock.siteId);
  for (const part of parts) {
    if (siteIds.length > 0 && !siteIds.includes(part.siteId) && !isQuantityLocked(part, locks)) {
      say('lock', `goes to ${part.siteId}`);
    }
    for (const lock of locks) {
      if (lock.kind !== 'date' || (lock.siteId && lock.siteId !== part.siteId)) continue;
      if (part.arriveMs > (lock.dateMs ?? Number.POSITIVE_INFINITY))
        say('lock', 'arrives after its locked date');
    }
  }
  const wanted = new Map<string, number>();
  for (const lock of locks) {
    if (lock.kind !== 'quantity' || !lock.siteId) continue;
    wanted.set(lock.siteId, (wanted.get(lock.siteId) ?? 0) + (lock.quantity ?? 0));
  }
  for (const [siteId, quantity] of wanted) {
    const locked = parts.filter((part) => part.siteId === siteId && part.lock === 'quantity');
    const got = locked.reduce((sum, part) => sum + part.quantity, 0);
    // Nothing there is a refusal and counts as unplaced; something else than was locked is a violation.
    if (got > 0 && got !== Math.min(quantity, line.quantity))
      say('lock', `${got} of ${quantity} at ${siteId}`);
  }
}

function isQuantityLocked(part: Allocation, locks: readonly LineLock[]): boolean {
  return (
    part.lock === 'quantity' && locks.some((lock) => lock.kind === 'quantity' && lock.siteId === part.siteId)
  );
}

function greatCircleKm(
  from: { readonly lat: number; readonly lon: number },
  to: { readonly lat: number; readonly lon: number },
): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const a = Math.sin(rad(from.lat)) * Math.sin(rad(to.lat));
  const b = Math.cos(rad(from.lat)) * Math.cos(rad(to.lat)) * Math.cos(rad(to.lon - from.lon));
  return 6371 * Math.acos(Math.max(-1, Math.min(1, a + b)));
}
