import type { LiveMachine } from '@millrace/contract';
import { describe, expect, test } from 'vitest';
import { at, run, TestPlant } from '../../../test/setup/plant.ts';

const plant = new TestPlant([
  { gateways: 20, machinesPerGateway: 3 },
  { gateways: 1, machinesPerGateway: 1, factory: 1 },
]);

describe('the live state', () => {
  test('follows the records as soon as they are stored', async () => {
    const g = plant.gateway();
    plant.clock.now = at(3);
    await plant.upload(g, run(0, 3, 5));
    expect(await plant.live(g)).toMatchObject({
      state: 'running',
      since: at(0),
      lastMinute: at(2),
      countToday: 15,
      itemCode: null,
      planToday: null,
    });
    expect((await plant.live(g)).lastHour.slice(-4)).toEqual([null, 5, 5, 5]);
    expect(await plant.live(g, 1)).toMatchObject({ state: 'unknown', lastMinute: null, countToday: 0 });
  });

  test('says unknown when nothing comes any more', async () => {
    const g = plant.gateway();
    plant.clock.now = at(10);
    await plant.upload(g, run(0, 10, 1));
    plant.clock.now = at(20);
    expect(await plant.live(g)).toMatchObject({ state: 'unknown', since: at(10), lastMinute: at(9) });
  });

  test('takes late records in, and is the same after a restart', async () => {
    const g = plant.gateway();
    plant.clock.now = at(40);
    await plant.upload(g, [...run(0, 10, 2), ...run(20, 40, 2, 40)]);
    await plant.upload(g, run(10, 20, 2, 20));
    await plant.tick();
    const before = await plant.live(g);
    expect(before).toMatchObject({ countToday: 80, lastMinute: at(39) });
    expect(before.lastHour.filter((pieces) => pieces === 2)).toHaveLength(40);
    await plant.restart();
    await plant.tick();
    expect(await plant.live(g)).toEqual(before);
  });

  test('is told to its own organisation only', async () => {
    const g = plant.gateway();
    const foreign = await plant.get(`/api/v3/machines/${plant.names.machineId(g, 0)}/live`, 'mr_key_seed-1');
    expect(foreign.status).toBe(404);
    const list = await plant.get<{ rows: LiveMachine[]; total: number }>(
      '/api/v3/machine-states?limit=10000',
      'mr_key_seed-1',
    );
    expect(list.body.total).toBe(1);
    expect(list.body.rows[0]?.organisationId).not.toBe(plant.names.orgId);
  });

  test('can be paged, filtered and sorted', async () => {
    const all = await plant.get<{ rows: LiveMachine[]; nextCursor: string; total: number }>(
      '/api/v3/machine-states?limit=7',
    );
    expect(all.body).toMatchObject({ total: 60 });
    const next = await plant.get<{ rows: LiveMachine[] }>(
      `/api/v3/machine-states?limit=7&cursor=${all.body.nextCursor}`,
    );
    const codes = [...all.body.rows, ...next.body.rows].map(({ machineCode }) => machineCode);
    expect(codes).toEqual([...new Set(codes)].sort());
    const running = await plant.get<{ rows: LiveMachine[] }>(
      '/api/v3/machine-states?state=running&sort=oee&q=m',
    );
    expect(running.body.rows.every(({ state }) => state === 'running')).toBe(true);
  });
});

describe('the live stream', () => {
  let address = '';
  const listen = async (token: string, signal: AbortSignal) => {
    address ||= await plant.platform.app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${address}/api/v3/machine-states/stream`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    return eventsOf(response);
  };
  const grant = (fields: string) =>
    plant.owner.query(
      `INSERT INTO sharing_grant (network_id, id, grantor_org_id, grantee_org_id, resource, fields, purpose, created_at, expires_at)
       SELECT $1, $2, $3, id, 'machine-state', $4, 'test', now(), now() + interval '1 hour'
         FROM organisation WHERE code = 'F1'`,
      [plant.names.networkId, plant.platform.kernel.ids(), plant.names.orgId, fields],
    );

  test('tells each reader what changed, as far as it may see it', async () => {
    const g = plant.gateway();
    const abort = new AbortController();
    const own = await listen(plant.names.keyToken, abort.signal);
    const foreign = await listen('mr_key_seed-1', abort.signal);
    plant.clock.now = at(2);
    await plant.upload(g, run(0, 2, 4));
    await plant.tick();
    const seen = await own((machines) =>
      machines.some(({ machineId }) => machineId === plant.names.machineId(g, 0)),
    );
    expect(seen.find(({ machineId }) => machineId === plant.names.machineId(g, 0))).toMatchObject({
      countToday: 8,
      state: 'running',
    });
    abort.abort();
    // The reader without a grant was told nothing: its stream ends with the first event still to come.
    await expect(foreign(() => true)).rejects.toThrow();
  });

  test('follows the grants while it is open', async () => {
    const g = plant.gateway();
    const machineId = plant.names.machineId(g, 0);
    const abort = new AbortController();
    const make = async (minute: number): Promise<void> => {
      plant.clock.now = at(minute + 1);
      await plant.upload(g, run(minute, minute + 1, 4, 4 * minute));
      await plant.tick();
    };
    const reader = await listen('mr_key_seed-1', abort.signal);
    const next = async () => (await reader(() => true)).find((machine) => machine.machineId === machineId);
    await make(0);
    await grant('{state}');
    await plant.tick();
    const shown = { state: 'running', countToday: 0, lastMinute: null, lastHour: [] };
    expect(await next()).toMatchObject(shown);
    await make(1);
    expect(await next()).toMatchObject(shown);
    await plant.owner.query('UPDATE sharing_grant SET revoked_at = now()');
    await plant.tick();
    await make(2);
    await grant('{countToday}');
    await plant.tick();
    // Nothing was told while there was no grant.
    expect(await next()).toMatchObject({ state: 'unknown', countToday: 12, lastMinute: null });
    abort.abort();
    await plant.owner.query('DELETE FROM sharing_grant');
  });
});

/** Waits for an event that fits; the test's own time limit ends a wait in vain. */
function eventsOf(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  return async (fits: (machines: LiveMachine[]) => boolean): Promise<LiveMachine[]> => {
    for (;;) {
      const match = /event: machines\ndata: (.*)\n\n/.exec(text);
      if (match) {
        text = text.slice(match.index + match[0].length);
        const machines = JSON.parse(match[1] ?? '[]') as LiveMachine[];
        if (fits(machines)) return machines;
        continue;
      }
      const { done, value } = await reader.read();
      if (done) throw new TypeError('the stream has ended');
      text += decoder.decode(value, { stream: true });
    }
  };
}

describe('news', () => {
  test('of a machine that stands still in its shift is told once, over a restart, and taken back when it works', async () => {
    const g = plant.gateway();
    plant.clock.now = at(1);
    await plant.upload(g, run(0, 1, 1));
    await plant.tick();
    plant.clock.now = at(60);
    await plant.upload(
      g,
      run(1, 60, 0, 1).map((record) => ({ ...record, runningS: 0, state: 'down' })),
    );
    await plant.tick();
    await plant.tick();
    const kinds = async () => (await plant.events(g)).map(({ kind }) => kind);
    expect(await kinds()).toEqual(['machine-state-changed', 'machine-stopped-long']);
    expect((await plant.events(g))[1]?.payload).toMatchObject({ state: 'down', since: at(1) });
    await plant.restart();
    await plant.tick();
    expect(await kinds()).toHaveLength(2);
    plant.clock.now = at(64);
    await plant.upload(g, run(60, 64, 1, 1));
    await plant.tick();
    expect(await kinds()).toEqual([
      'machine-state-changed',
      'machine-stopped-long',
      'machine-state-changed',
      'machine-recovered',
    ]);
  });

  test('of a silent machine waits until the gateways had time to come back', async () => {
    const g = plant.gateway();
    plant.clock.now = at(10);
    await plant.upload(g, run(0, 10, 1));
    await plant.tick();
    plant.clock.now = at(60);
    await plant.tick();
    expect(await plant.events(g)).toEqual([]);
    plant.clock.wallAheadMs += 31_000;
    plant.clock.now = at(61);
    await plant.tick();
    expect((await plant.events(g)).map(({ kind }) => kind)).toEqual([
      'machine-state-changed',
      'machine-stopped-long',
    ]);
  });
});

test('the summary adds up over the sites', async () => {
  const summary = await plant.inNetwork((tx) => plant.platform.state.summary(tx, plant.names.networkId));
  expect(summary.machinesTotal).toBe(61);
  expect(summary.sites.reduce((sum, { machines }) => sum + machines, 0)).toBe(61);
  expect(summary.machinesRunning).toBeLessThanOrEqual(summary.machinesConnected);
});
