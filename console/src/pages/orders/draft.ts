import type { NewOrder, Order, PromiseRequest } from '@millrace/contract';
import { fromLocalInput, toLocalInput } from '../../ui/format.ts';

/** The form as it stands, in the words of its fields. */
export type Draft = Readonly<{
  reference: string;
  buyerOrganisationId: string;
  itemId: string;
  quantity: number;
  /** Value of `<input type="datetime-local">`, browser's zone. */
  requestedAt: string;
  priority: number;
  splitAllowed: boolean;
  minimumShipment: number;
  placeName: string;
  lat: string;
  lon: string;
}>;

/** Two weeks are what most lines can be made and shipped in; the buyer changes it anyway. */
const FIRST_WISH_MS = 14 * 86_400_000;
const HOUR_MS = 3_600_000;
const NORMAL_PRIORITY = 2;

export function emptyDraft(now: number, destination: Order['destination'] | null): Draft {
  const wish = now + FIRST_WISH_MS;
  return {
    reference: `WEB-${new Date(now).toISOString().slice(0, 10)}-${Math.floor(performance.now()).toString(36)}`,
    buyerOrganisationId: '',
    itemId: '',
    quantity: 0,
    requestedAt: toLocalInput(wish - (wish % HOUR_MS)),
    priority: NORMAL_PRIORITY,
    splitAllowed: true,
    minimumShipment: 1,
    placeName: destination?.name ?? '',
    lat: destination ? String(destination.position.lat) : '',
    lon: destination ? String(destination.position.lon) : '',
  };
}

/** What the promise can be asked with already, or null while something is missing. */
export function promiseOf(draft: Draft): PromiseRequest | null {
  const requestedAt = fromLocalInput(draft.requestedAt);
  const position = positionOf(draft);
  if (draft.itemId === '' || draft.quantity < 1 || requestedAt === null || position === null) return null;
  return {
    itemId: draft.itemId,
    quantity: draft.quantity,
    requestedAt,
    priority: draft.priority,
    splitAllowed: draft.splitAllowed,
    minimumShipment: Math.max(1, Math.min(draft.minimumShipment, draft.quantity)),
    destination: position,
  };
}

export function orderOf(draft: Draft, needsBuyer: boolean): NewOrder | null {
  const promise = promiseOf(draft);
  if (promise === null || draft.placeName.trim() === '' || draft.reference.trim() === '') return null;
  if (needsBuyer && draft.buyerOrganisationId === '') return null;
  const { destination, ...line } = promise;
  return {
    reference: draft.reference.trim(),
    ...(needsBuyer ? { buyerOrganisationId: draft.buyerOrganisationId } : {}),
    destination: { name: draft.placeName.trim(), position: destination },
    lines: [line],
  };
}

function positionOf({ lat, lon }: Draft): { lat: number; lon: number } | null {
  if (lat.trim() === '' || lon.trim() === '') return null;
  const position = { lat: Number(lat), lon: Number(lon) };
  const onEarth = Math.abs(position.lat) <= 90 && Math.abs(position.lon) <= 180;
  return onEarth ? position : null;
}
