import type { AgentHealth, ConnectionHealth, GatewayHealth, GatewaySummary } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { deadFirst, neediestFirst, troublesOf } from './troubles.ts';

const CONNECTION: ConnectionHealth = {
  code: 'hall',
  driver: 'modbus',
  state: 'connected',
  since: 0,
  error: null,
  reconnects: 0,
  restarts: 0,
  latencyMs: 2,
  tags: 10,
  tagsBad: 0,
  samplesPerMin: 60,
};
const BUFFER = { waiting: 3, bytes: 10, quotaBytes: 100, oldestAt: 995_000, dropped: 0, quarantined: 0 };
const NOTHING_BESIDE = { refusedVersion: null, alarms: 0 };

function gateway(health: Partial<AgentHealth> = {}, online = true): GatewayHealth {
  return {
    gatewayId: 'g',
    online,
    heardAt: 1_000_000,
    ageMs: online ? 1_000 : 90_000,
    health: {
      agentVersion: '1',
      hostName: 'box',
      startedAt: 0,
      at: 1_000_000,
      configVersion: 1,
      configSource: 'platform',
      rssBytes: 1,
      connections: [CONNECTION],
      tags: [],
      buffer: BUFFER,
      ...health,
    },
  };
}
const kinds = (...asked: Parameters<typeof troublesOf>) => troublesOf(...asked).map(({ kind }) => kind);

describe('what is wrong at a gateway', () => {
  it('is nothing while everything is reached and nothing waits for long', () => {
    expect(troublesOf(gateway(), NOTHING_BESIDE)).toEqual([]);
    expect(troublesOf({ ...gateway(), health: null }, NOTHING_BESIDE)).toEqual([]);
    const off = { ...CONNECTION, state: 'disabled', tagsBad: 0 } as const;
    expect(troublesOf(gateway({ connections: [off] }), NOTHING_BESIDE)).toEqual([]);
  });

  it('names each connection that is not reached, and of the others the values that are not good', () => {
    const dead = {
      ...CONNECTION,
      code: 'dead',
      state: 'waiting',
      error: 'ECONNREFUSED',
      tagsBad: 10,
    } as const;
    const slow = { ...CONNECTION, tagsBad: 2 };
    expect(troublesOf(gateway({ connections: [slow, dead] }), NOTHING_BESIDE)).toEqual([
      { kind: 'connection', connection: dead },
      { kind: 'values', bad: 2, all: 10 },
    ]);
    expect(deadFirst([slow, dead]).map(({ code }) => code)).toEqual(['dead', 'hall']);
  });

  it('is told the worst first', () => {
    const buffer = { waiting: 9, bytes: 90, quotaBytes: 100, oldestAt: 0, dropped: 4, quarantined: 2 };
    const failed = { ...CONNECTION, state: 'failed' } as const;
    expect(kinds(gateway({ buffer, connections: [failed] }), { refusedVersion: 7, alarms: 3 })).toEqual([
      ...['config-refused', 'alarms', 'connection', 'dropped', 'quarantined', 'disk', 'backlog'],
    ]);
  });

  it('is, of an agent that is silent, the silence, and not what it said of its machines before', () => {
    const failed = { ...CONNECTION, state: 'failed', tagsBad: 10 } as const;
    expect(troublesOf(gateway({ connections: [failed] }, false), NOTHING_BESIDE)).toEqual([
      { kind: 'silent', ageMs: 90_000 },
    ]);
  });
});

describe('the list of gateways', () => {
  it('begins with those that wait for a person, the worst first, and ends with those that were taken out of service', () => {
    const one = (code: string, patch: object, revokedAt: number | null = null) =>
      ({
        gateway: { id: code, code, revokedAt },
        heardAt: 1,
        online: true,
        configRefused: false,
        newestVersion: 1,
        tagsBad: 0,
        connections: 1,
        connectionsConnected: 1,
        ...patch,
      }) as GatewaySummary;
    const rows = [
      one('a-revoked', {}, 5),
      one('b-bare', { heardAt: null, newestVersion: null, online: false }),
      one('c-set-up', { heardAt: null, online: false }),
      one('d-well', {}),
      one('e-values', { tagsBad: 1 }),
      one('f-dead', { connectionsConnected: 0, tagsBad: 1 }),
      one('g-alarm', {}),
      one('h-refused', { configRefused: true }),
      one('i-silent', { online: false }),
    ];
    expect(neediestFirst(rows, new Map([['g-alarm', 1]])).map(({ gateway: { code } }) => code)).toEqual([
      ...['i-silent', 'h-refused', 'g-alarm', 'f-dead', 'e-values'],
      ...['d-well', 'c-set-up', 'b-bare', 'a-revoked'],
    ]);
  });
});
