import type { Me, OrganisationKind } from '@millrace/contract';

/** The server decides (its policy table names these actions); this only keeps away what would be refused. */
export function may(me: Me | null, action: string): boolean {
  return me?.can.includes(action) ?? false;
}

export function actsFor(me: Me | null, ...kinds: readonly OrganisationKind[]): boolean {
  return me !== null && kinds.includes(me.acting.organisationKind);
}

export type Home = '/board' | '/factory' | '/orders' | '/shipments' | '/admin' | '/account';

/** Where each kind of member does its work. */
export function homeOf(me: Me): Home {
  if (!may(me, 'board.read')) return may(me, 'audit.read') ? '/admin' : '/account';
  const kind = me.acting.organisationKind;
  if (kind === 'factory') return '/factory';
  if (kind === 'buyer' || kind === 'hospital') return '/orders';
  if (kind === 'carrier') return '/shipments';
  return '/board';
}
