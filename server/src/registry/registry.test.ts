import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestNetwork, TEST_START, type TestNetwork } from '../../../test/setup/network.ts';
import { openAccess } from '../access/index.ts';
import { openKernel } from '../kernel/index.ts';
import { openRegistry, type RegisteredMachine } from './index.ts';

const HOUR = 3_600_000;
const SHANGHAI = { lat: 31.23, lon: 121.47 };
let net: TestNetwork;

beforeAll(async () => {
  net = await openTestNetwork();
});
afterAll(() => net?.close());

const site = (code: string, more: object = {}) => ({
  code,
  name: `Site ${code}`,
  position: SHANGHAI,
  zone: 'Asia/Shanghai',
  ...more,
});
/** A factory's site, work center and machine, all by its own key. */
async function plant(member: 'F1' | 'F2', code: string) {
  const { body: made } = await net.ask(member, 'POST', '/sites', site(`S-${code}`));
  const center = { siteId: made.id, code: `W-${code}`, name: 'Turning', processCode: 'TURN' };
  const { body: workCenter } = await net.ask(member, 'POST', '/work-centers', center);
  const machine = { workCenterId: workCenter.id, code: `M-${code}`, name: 'Lathe' };
  const answer = await net.ask(member, 'POST', '/machines', machine);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { site: made, workCenter, machine: answer.body };
}
async function machineOf(id: string): Promise<RegisteredMachine> {
  const found = (await net.registry.directory(net.networkId)).machine(id);
  if (!found) throw new TypeError(`machine ${id} is not in the directory`);
  return found;
}

describe('sites, work centers and machines', () => {
  test('a factory registers what is its own, and the next request already meets it', async () => {
    const made = await plant('F1', 'own');
    expect(made.site).toMatchObject({
      organisationName: 'factory F1',
      offeredPercent: 100,
      autoAccept: false,
    });
    const entry = await machineOf(made.machine.id);
    expect(entry).toMatchObject({ zone: 'Asia/Shanghai', siteId: made.site.id, networkId: net.networkId });
    const { body } = await net.ask('F1', 'GET', `/sites/${made.site.id}`);
    expect(body.machineCount).toBe(1);
  });

  test('a competitor neither sees nor changes it, nor hangs machines onto it', async () => {
    const made = await plant('F1', 'secret');
    expect((await net.ask('F2', 'GET', `/machines/${made.machine.id}`)).status).toBe(404);
    expect((await net.ask('F2', 'PATCH', `/sites/${made.site.id}`, { name: 'mine' })).status).toBe(404);
    const list = await net.ask('F2', 'GET', '/machines?limit=500');
    expect(list.body.rows.map((row: { id: string }) => row.id)).not.toContain(made.machine.id);
    const intruder = { workCenterId: made.workCenter.id, code: 'X', name: 'X' };
    expect((await net.ask('F2', 'POST', '/machines', intruder)).body.code).toBe('unknown-reference');
    const foreign = site('X', { organisationId: net.organisations.F1 });
    expect((await net.ask('F2', 'POST', '/sites', foreign)).body.code).toBe('foreign-organisation');
  });

  test('wrong places are refused with the field they concern', async () => {
    const nowhere = await net.ask('F1', 'POST', '/sites', site('N', { position: { lat: 0, lon: 0 } }));
    expect(nowhere.body).toMatchObject({ status: 422, code: 'position-missing' });
    for (const zone of ['Mars/Olympus', '+08:00']) {
      const answer = await net.ask('F1', 'POST', '/sites', site('Z', { zone }));
      expect(answer.body).toMatchObject({ code: 'unknown-zone', fields: [{ pointer: '/body/zone' }] });
    }
  });

  test('a code is unique in its organisation only', async () => {
    expect((await net.ask('F1', 'POST', '/sites', site('SAME'))).status).toBe(201);
    expect((await net.ask('F1', 'POST', '/sites', site('SAME'))).body.code).toBe('code-taken');
    expect((await net.ask('F2', 'POST', '/sites', site('SAME'))).status).toBe(201);
  });

  test('the operator must say for which factory, and only a factory will do', async () => {
    expect((await net.ask('OP', 'POST', '/sites', site('O'))).body.code).toBe('organisation-required');
    const ofBuyer = site('O', { organisationId: net.organisations.B1 });
    expect((await net.ask('OP', 'POST', '/sites', ofBuyer)).body.code).toBe('not-a-factory');
    const ofFactory = site('O', { organisationId: net.organisations.F1 });
    expect((await net.ask('OP', 'POST', '/sites', ofFactory)).status).toBe(201);
  });

  test('a retired machine leaves the lists but not the history', async () => {
    const { machine, workCenter } = await plant('F1', 'old');
    const gone = await net.ask('F1', 'PATCH', `/machines/${machine.id}`, { retired: true });
    expect(gone.body.retiredAt).toBe(TEST_START);
    const listed = await net.ask('F1', 'GET', `/machines?workCenterId=${workCenter.id}`);
    expect(listed.body.rows).toEqual([]);
    const all = await net.ask('F1', 'GET', `/machines?workCenterId=${workCenter.id}&retired=true`);
    expect(all.body.rows).toHaveLength(1);
    const directory = await net.registry.directory(net.networkId);
    expect(directory.machinesOfWorkCenter(workCenter.id)).toEqual([]);
    expect(directory.machine(machine.id)?.retiredAt).toBe(TEST_START);
  });

  test('pages join without a gap or a repetition', async () => {
    const codes: string[] = [];
    let cursor = '';
    do {
      const { body } = await net.ask('OP', 'GET', `/sites?limit=2${cursor && `&cursor=${cursor}`}`);
      codes.push(...body.rows.map((row: { id: string }) => row.id));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    const whole = await net.ask('OP', 'GET', '/sites?limit=500');
    expect(codes).toEqual(whole.body.rows.map((row: { id: string }) => row.id));
    expect(whole.body.total).toBe(codes.length);
    expect((await net.ask('OP', 'GET', '/sites?cursor=nonsense')).body.code).toBe('bad-cursor');
  });

  test('a transaction reads what it wrote itself, and nobody else does before COMMIT', async () => {
    const { workCenter } = await plant('F1', 'tx');
    const scope = { kind: 'network', networkId: net.networkId } as const;
    const actor = { networkId: net.networkId, organisationKind: 'operator', label: 'test' } as never;
    await net.kernel.db.transaction(scope, async (tx) => {
      const before = (await net.registry.listMachines(tx, net.networkId)).length;
      const fresh = { workCenterId: workCenter.id, code: 'IN-TX', name: 'x' };
      const made = await net.registry.createMachine(tx, actor, fresh);
      expect(made).toMatchObject({ code: 'IN-TX' });
      expect(await net.registry.listMachines(tx, net.networkId)).toHaveLength(before + 1);
      const shared = await net.registry.directory(net.networkId);
      expect([...shared.machines()]).toHaveLength(before);
      return { refused: true, code: 'x', status: 400, detail: 'rolls back' } as const;
    });
  });
});

test('another process meets a change within its next look', async () => {
  const config = { ...net.kernel.config, roles: ['api' as const] };
  const kernel = await openKernel(config, { clock: net.kernel.clock });
  const other = openRegistry(kernel, openAccess(kernel));
  try {
    await other.start();
    await kernel.start();
    const { machine } = await plant('F2', 'elsewhere');
    await vi.waitUntil(() => other.directoryNow(net.networkId)?.machine(machine.id), { timeout: 20_000 });
    expect(other.directoryNow(net.networkId)?.machine(machine.id)?.code).toBe('M-elsewhere');
  } finally {
    await kernel.stop();
  }
});

describe('calendars', () => {
  const shifts = [1, 2, 3, 4, 5].map((weekday) => ({ name: 'Early', weekday, from: '06:00', to: '14:00' }));

  test('a machine without a calendar works Monday to Friday, eight hours', async () => {
    const { machine } = await plant('F1', 'plain');
    const entry = await machineOf(machine.id);
    const monday = Date.UTC(2026, 2, 1, 16);
    const windows = net.registry.windowsOf(entry, monday, monday + 7 * 24 * HOUR);
    expect(windows).toHaveLength(5);
    expect(windows.reduce((sum, window) => sum + window.endMs - window.startMs, 0)).toBe(40 * HOUR);
    expect(net.registry.shiftsOf(entry, '2026-03-07')).toEqual([]);
  });

  test('shifts keep their names and touch midnight as the site sees it', async () => {
    const { machine, site: home } = await plant('F1', 'shifts');
    const night = { name: 'Night', weekday: 1, from: '22:00', to: '06:00' };
    const holiday = { day: '2026-03-03', reason: 'Festival', shifts: [] };
    const fresh = { code: 'TWO', name: 'Two', shifts: [...shifts, night], exceptions: [holiday] };
    const { body: calendar } = await net.ask('F1', 'POST', '/calendars', fresh);
    await net.ask('F1', 'PATCH', `/sites/${home.id}`, { calendarId: calendar.id });
    const entry = await machineOf(machine.id);
    expect(net.registry.shiftsOf(entry, '2026-03-02')).toEqual([
      { name: 'Early', from: Date.UTC(2026, 2, 1, 22), to: Date.UTC(2026, 2, 2, 6) },
      { name: 'Night', from: Date.UTC(2026, 2, 2, 14), to: Date.UTC(2026, 2, 2, 22) },
    ]);
    expect(net.registry.shiftsOf(entry, '2026-03-03')).toEqual([]);
    await net.ask('F1', 'PATCH', `/sites/${home.id}`, { calendarId: null });
    expect(net.registry.shiftsOf(entry, '2026-03-02').map((shift) => shift.name)).toEqual(['Day']);
  });

  test('overlapping shifts are refused, also over the end of the week', async () => {
    const overlap = [
      { name: 'Late Sunday', weekday: 7, from: '22:00', to: '07:00' },
      { name: 'Early', weekday: 1, from: '06:00', to: '14:00' },
    ];
    const answer = await net.ask('F1', 'POST', '/calendars', { code: 'O', name: 'O', shifts: overlap });
    expect(answer.body).toMatchObject({ code: 'shifts-overlap', values: { second: 'Early' } });
    const twice = [{ day: '2026-02-30', reason: 'no such day', shifts: [] }];
    const odd = await net.ask('F1', 'POST', '/calendars', {
      code: 'P',
      name: 'P',
      shifts,
      exceptions: twice,
    });
    expect(odd.body.code).toBe('no-such-day');
  });

  test('what changes hours is told to planning', async () => {
    const { body: home } = await net.ask('F1', 'POST', '/sites', site('NEWS'));
    const { body: calendar } = await net.ask('F1', 'POST', '/calendars', { code: 'NEWS', name: 'N', shifts });
    await net.ask('F1', 'PATCH', `/sites/${home.id}`, { calendarId: calendar.id });
    await net.ask('F1', 'PATCH', `/calendars/${calendar.id}`, { shifts: [] });
    const news = await net.kernel.db.transaction({ kind: 'platform' }, (tx) =>
      tx.rows<{ payload: { siteId: string; reason: string } }>(
        `SELECT payload FROM outbox_event WHERE kind = 'capacity-changed' ORDER BY id DESC LIMIT 1`,
      ),
    );
    expect(news[0]?.payload).toEqual({ siteId: home.id, reason: 'calendar' });
  });
});

describe('items and capabilities', () => {
  test('the operator keeps the catalogue, everyone reads it', async () => {
    const made = await net.ask('OP', 'POST', '/items', { code: 'BOLT', name: 'Bolt' });
    expect(made.body).toMatchObject({ unit: '{piece}', weightGram: null });
    expect((await net.ask('F1', 'POST', '/items', { code: 'NUT', name: 'Nut' })).body.code).toBe(
      'operators-catalogue',
    );
    expect((await net.ask('B1', 'GET', '/items?q=bol')).body.rows).toHaveLength(1);
  });

  test('a text that no database can hold is refused, not a fault', async () => {
    for (const name of ['nul \u0000', 'half a pair \ud800']) {
      const answer = await net.ask('OP', 'POST', '/items', { code: `BAD-${name.length}`, name });
      expect(answer.body).toMatchObject({ status: 400, code: 'bad-characters' });
    }
  });

  test('a factory applies, only the operator qualifies', async () => {
    const { workCenter } = await plant('F1', 'cap');
    const { body: item } = await net.ask('OP', 'POST', '/items', { code: 'GEAR', name: 'Gear' });
    const fresh = {
      workCenterId: workCenter.id,
      itemId: item.id,
      ratePerHour: 12.5,
      setUpMinutes: 30,
      unitCostMinor: 250,
    };
    const cheeky = await net.ask('F1', 'POST', '/capabilities', { ...fresh, state: 'qualified' });
    expect(cheeky.body.code).toBe('operator-qualifies');
    const { body: applied } = await net.ask('F1', 'POST', '/capabilities', fresh);
    expect(applied).toMatchObject({ state: 'applied', itemCode: 'GEAR', minimumLot: 1, ratePerHour: 12.5 });
    const path = `/capabilities/${applied.id}`;
    expect((await net.ask('F1', 'PATCH', path, { state: 'qualified' })).status).toBe(403);
    expect((await net.ask('OP', 'PATCH', path, { state: 'qualified' })).body.state).toBe('qualified');
    expect((await net.ask('F1', 'PATCH', path, { ratePerHour: 20 })).body.state).toBe('qualified');
    expect((await net.ask('F1', 'POST', '/capabilities', fresh)).body.code).toBe('capability-exists');
    expect((await net.ask('B1', 'GET', '/capabilities')).body.rows).toEqual([]);
  });
});

describe('capacity blocks', () => {
  test('a factory takes a machine out for some time and gives it back', async () => {
    const { machine, site: home } = await plant('F1', 'block');
    const span = { from: TEST_START + HOUR, to: TEST_START + 5 * HOUR };
    const fresh = { machineId: machine.id, ...span, kind: 'maintenance', reason: 'Oil' };
    const { body: block } = await net.ask('F1', 'POST', '/capacity-blocks', fresh);
    const path = `/capacity-blocks?siteId=${home.id}`;
    expect((await net.ask('F1', 'GET', path)).body.rows).toEqual([block]);
    expect((await net.ask('F2', 'GET', path)).body.rows).toEqual([]);
    expect((await net.ask('F2', 'POST', '/capacity-blocks', fresh)).body.code).toBe('unknown-reference');
    expect((await net.ask('F2', 'DELETE', `/capacity-blocks/${block.id}`)).status).toBe(404);
    expect((await net.ask('F1', 'DELETE', `/capacity-blocks/${block.id}`)).status).toBe(204);
    expect((await net.ask('F1', 'GET', path)).body.rows).toEqual([]);
    const backwards = { ...fresh, to: TEST_START };
    expect((await net.ask('F1', 'POST', '/capacity-blocks', backwards)).body.code).toBe('bad-span');
  });

  test('a breakdown is cut where the machine came back', async () => {
    const { machine } = await plant('F1', 'down');
    const scope = { kind: 'network', networkId: net.networkId } as const;
    await net.kernel.db.transaction(scope, async (tx) => {
      const down = { machineId: machine.id, kind: 'down', reason: 'stopped' } as const;
      await net.registry.putBlock(tx, { ...down, id: net.kernel.ids(), from: 10 * HOUR, to: 14 * HOUR });
      await net.registry.putBlock(tx, { ...down, id: net.kernel.ids(), from: 20 * HOUR, to: 24 * HOUR });
      expect(await net.registry.removeBlocks(tx, machine.id, 'down', 12 * HOUR)).toBe(2);
      const left = await net.registry.listBlocks(tx, net.networkId, 0, 100 * HOUR);
      expect(left.map(({ from, to }) => [from / HOUR, to / HOUR])).toEqual([[10, 12]]);
    });
  });
});
