import type { Me, OrganisationKind } from '@millrace/contract';

/** The server decides; this only keeps buttons away that would be refused. */
export function may(me: Me | null, action: string): boolean {
  return me?.can.includes(action) ?? false;
}

export function actsFor(me: Me | null, ...kinds: readonly OrganisationKind[]): boolean {
  return me !== null && kinds.includes(me.acting.organisationKind);
}

/** Where each kind of member does its work. */
export function homeOf(me: Me): '/board' | '/factory' | '/orders' | '/shipments' | '/admin/audit' {
  if (me.acting.role === 'auditor') return '/admin/audit';
  const kind = me.acting.organisationKind;
  if (kind === 'factory') return '/factory';
  if (kind === 'buyer' || kind === 'hospital') return '/orders';
  if (kind === 'carrier') return '/shipments';
  return '/board';
}
