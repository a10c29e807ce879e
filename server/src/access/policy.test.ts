import {
  API_SCOPES,
  ORGANISATION_KINDS,
  type OrganisationKind,
  ROLES_BY_KIND,
  type Role,
} from '@millrace/contract';
import { describe, expect, test } from 'vitest';
import type { Actor } from './actor.ts';
import { type Action, actionsOf, can, isAction, POLICY } from './policy.ts';

const actor = (more: Partial<Actor>): Actor => ({
  kind: 'user',
  id: 'x',
  label: 'x',
  networkId: 'n',
  organisationId: 'o',
  organisationKind: 'factory',
  role: null,
  scopes: [],
  ...more,
});
const user = (organisationKind: OrganisationKind, role: Role): Actor => actor({ organisationKind, role });

describe('the policy table', () => {
  test('an auditor of any organisation sees the audit and the own account only', () => {
    for (const kind of ORGANISATION_KINDS) {
      expect(actionsOf(user(kind, 'auditor')).sort(), kind).toEqual([
        'audit.read',
        'clock.read',
        'me.read',
        'me.write',
      ]);
    }
  });

  test('a role that the kind of organisation does not have may do nothing', () => {
    for (const kind of ORGANISATION_KINDS) {
      for (const role of [
        'admin',
        'dispatcher',
        'owner',
        'planner',
        'worker',
        'purchaser',
        'viewer',
      ] as const) {
        const has = (ROLES_BY_KIND[kind] as readonly Role[]).includes(role);
        expect(actionsOf(user(kind, role)).length > 0, `${kind} ${role}`).toBe(has);
      }
    }
  });

  test('a viewer changes nothing but the own account', () => {
    for (const kind of ORGANISATION_KINDS) {
      const writes = actionsOf(user(kind, 'viewer')).filter((action) => !/\.(read)$/.test(action));
      expect(writes, kind).toEqual(['me.write']);
    }
  });

  test('nobody but the operator sees why a factory was chosen, and no factory qualifies itself', () => {
    for (const action of [
      'match.read',
      'match.run',
      'override.write',
      'registry.qualify',
      'organisation.write',
    ] as const) {
      for (const kind of ORGANISATION_KINDS.filter((one) => one !== 'operator')) {
        for (const role of ROLES_BY_KIND[kind])
          expect(can(user(kind, role), action), `${kind} ${role}`).toBe(false);
        const key = actor({ kind: 'api-key', organisationKind: kind, scopes: [...API_SCOPES] });
        expect(can(key, action), `${kind} key`).toBe(false);
      }
    }
  });

  test('a gateway uploads records and alarms, talks with the platform, reads the clock, and nothing else', () => {
    expect(actionsOf(actor({ kind: 'gateway', scopes: ['ingest'] })).sort()).toEqual([
      'alarm.upload',
      'clock.read',
      'gateway.exchange',
      'record.upload',
    ]);
  });

  test('only people of the factory itself command its machines, and no program approves', () => {
    for (const kind of ORGANISATION_KINDS) {
      for (const role of ROLES_BY_KIND[kind]) {
        const may = kind === 'factory' && (role === 'owner' || role === 'planner');
        expect(can(user(kind, role), 'command.request'), `${kind} ${role}`).toBe(may);
        expect(can(user(kind, role), 'command.approve'), `${kind} ${role}`).toBe(may);
      }
      const key = actor({ kind: 'api-key', organisationKind: kind, scopes: [...API_SCOPES] });
      expect(can(key, 'command.approve'), `${kind} key`).toBe(false);
      expect(can(key, 'command.enable'), `${kind} key`).toBe(false);
    }
  });

  test('people do not upload records, and a key without scopes does nothing', () => {
    for (const kind of ORGANISATION_KINDS) {
      for (const role of ROLES_BY_KIND[kind]) expect(can(user(kind, role), 'record.upload')).toBe(false);
    }
    expect(actionsOf(actor({ kind: 'api-key', scopes: [] }))).toEqual([]);
    expect(
      can(actor({ kind: 'api-key', organisationKind: 'buyer', scopes: ['ingest'] }), 'record.upload'),
    ).toBe(false);
    expect(can(actor({ kind: 'api-key', scopes: ['ingest'] }), 'record.upload')).toBe(true);
  });

  test('a scope to read never changes anything', () => {
    for (const kind of ORGANISATION_KINDS) {
      const writes = actionsOf(actor({ kind: 'api-key', organisationKind: kind, scopes: ['read'] })).filter(
        (action) => !action.endsWith('.read') && action !== 'promise.ask',
      );
      expect(writes, kind).toEqual([]);
    }
  });

  test('what is not in the table is no action, whatever its name', () => {
    for (const name of ['', 'toString', '__proto__', 'order.delete', undefined, 1])
      expect(isAction(name)).toBe(false);
    expect(Object.keys(POLICY).every(isAction)).toBe(true);
    const everything: Action[] = actionsOf(user('operator', 'admin'));
    expect(everything).not.toContain('record.upload');
  });
});
