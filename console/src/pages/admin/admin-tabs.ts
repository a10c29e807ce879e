import type { Me } from '@millrace/contract';
import { may } from '../../app/permission.ts';

/** Tab and the action that opens it, in the order of setting a network up. */
export const ADMIN_TABS = [
  ['organisations', 'organisation.read'],
  ['users', 'user.read'],
  ['keys', 'key.read'],
  ['import', 'import.run'],
  ['audit', 'audit.read'],
] as const;

export function firstAdminTab(me: Me | null): `/admin/${(typeof ADMIN_TABS)[number][0]}` {
  const open = ADMIN_TABS.find(([, action]) => may(me, action));
  return `/admin/${open?.[0] ?? 'organisations'}`;
}
