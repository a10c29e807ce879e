import { IMPORT_KINDS, type ImportReport } from '@millrace/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestNetwork, type TestNetwork } from '../../../test/setup/network.ts';

let net: TestNetwork;
beforeAll(async () => {
  net = await openTestNetwork();
});
afterAll(() => net?.close());

type Who = Parameters<TestNetwork['ask']>[0];
const load = (who: Who, kind: string, text: string, dryRun = false) =>
  net.ask(who, 'POST', `/imports/${kind}${dryRun ? '?dryRun=true' : ''}`, text);
async function loaded(who: Who, kind: string, text: string): Promise<ImportReport> {
  const { status, body } = await load(who, kind, text);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.errors).toEqual([]);
  expect(body.committed).toBe(true);
  return body;
}
const count = async (who: Who, plural: string): Promise<number> =>
  (await net.ask(who, 'GET', `/${plural}?limit=1`)).body.total;

const SITES =
  'organisation,code,name,lat,lon,zone\nF1,S1,Site 1,31.2,121.4,Asia/Shanghai\nF2,S1,Site 1,30,120,Asia/Shanghai\n';
const CENTERS = 'organisation,site,code,name,process\nF1,S1,TURN,Turning,TURN\nF2,S1,TURN,Turning,TURN\n';

describe('a whole network from files', () => {
  test('every kind lands, and the same file again changes nothing', async () => {
    const files: [string, string, number][] = [
      ['organisations', 'kind,code,name,country\nfactory,F9,Nine,CN\nhospital,H1,Clinic,\n', 2],
      [
        'calendars',
        'organisation,code,name,weekdays,day,reason,shift,from,to\nF1,TWO,Two,1-5,,,Early,6:00,14:00\nF1,TWO,Two,1-5,,,Late,14:00,22:00\nF1,TWO,Two,,2026-05-01,Labour day,,,\n',
        1,
      ],
      [
        'sites',
        SITES.replace('zone\n', 'zone,calendar,auto_accept\n')
          .replace('Shanghai\nF2', 'Shanghai,TWO,yes\nF2')
          .replace('Shanghai\n', 'Shanghai,,\n'),
        2,
      ],
      ['work-centers', CENTERS, 2],
      [
        'machines',
        'organisation,work_center,code,name,count_modulus\nF1,TURN,M1,Lathe 1,65536\nF1,TURN,M2,Lathe 2,\nF2,TURN,M1,Lathe,\n',
        3,
      ],
      ['items', 'code,name,unit,weight_gram\nBOLT,Bolt,{piece},12\nNUT,"Nut, hexagonal",,\n', 2],
      [
        'capabilities',
        'organisation,work_center,item,state,rate_per_hour,set_up_minutes,unit_cost_minor\nF1,TURN,BOLT,qualified,120.5,30,250\n',
        1,
      ],
      [
        'orders',
        'buyer,reference,destination,destination_lat,destination_lon,item,quantity,requested_at\nB1,PO-1,Depot,31,121,BOLT,100,2026-04-01\nB1,PO-1,Depot,31,121,NUT,50,2026-04-02T08:00Z\nH1,PO-1,Ward,30,120,NUT,5,2026-04-01\n',
        2,
      ],
    ];
    for (const [kind, text, nouns] of files) {
      expect(await loaded('OP', kind, text), kind).toMatchObject({
        created: nouns,
        updated: 0,
        unchanged: 0,
      });
      expect(await loaded('OP', kind, text), kind).toMatchObject({
        created: 0,
        updated: 0,
        unchanged: nouns,
      });
    }
    const { body } = await net.ask('F1', 'GET', '/calendars');
    expect(body.rows[0].shifts).toHaveLength(10);
    expect(body.rows[0].exceptions).toEqual([{ day: '2026-05-01', reason: 'Labour day', shifts: [] }]);
    expect((await net.ask('B1', 'GET', '/orders')).body.rows).toHaveLength(2);
    const [site] = (await net.ask('F1', 'GET', '/sites')).body.rows;
    expect(site).toMatchObject({ autoAccept: true, calendarId: body.rows[0].id, machineCount: 2 });
  });

  test('a changed row is updated and the directory knows it at once', async () => {
    const report = await loaded('F1', 'machines', '工作中心;编码;名称\nTURN;M1;Lathe one\nTURN;M3;Lathe 3\n');
    expect(report).toMatchObject({ created: 1, updated: 1, unchanged: 0, rows: 2 });
    const directory = await net.registry.directory(net.networkId);
    expect(directory.machineByCode(net.organisations.F1, 'M1')?.name).toBe('Lathe one');
  });

  test('a column that the file does not have is left as it is, an empty cell is cleared', async () => {
    const modulusOf = async (): Promise<number | null> =>
      (await net.ask('F1', 'GET', '/machines?q=M1')).body.rows[0].countModulus;
    expect(await modulusOf()).toBe(65_536);
    await loaded('F1', 'machines', 'work_center,code,name,count_modulus\nTURN,M1,Lathe one,\n');
    expect(await modulusOf()).toBeNull();
    const site = 'organisation,code,name,lat,lon,zone\nF1,S1,Renamed,31.2,121.4,Asia/Shanghai\n';
    expect(await loaded('OP', 'sites', site)).toMatchObject({ updated: 1 });
    expect((await net.ask('F1', 'GET', '/sites')).body.rows[0]).toMatchObject({
      name: 'Renamed',
      autoAccept: true,
      calendarId: expect.any(String),
    });
    await loaded('OP', 'organisations', 'kind,code,name\nfactory,F9,Nine renamed\n');
    const { body } = await net.ask('OP', 'GET', '/organisations?limit=500');
    expect(body.rows.find((row: { code: string }) => row.code === 'F9')).toMatchObject({ country: 'CN' });
  });

  test('every template is a file of its own kind without a wrong cell', async () => {
    for (const kind of IMPORT_KINDS) {
      const template = await net.ask('OP', 'GET', `/imports/${kind}/template`);
      expect(template.status).toBe(200);
      const { body } = await load('OP', kind, template.body, true);
      const about = body.errors.map((error: { code: string }) => error.code);
      // References in the example name nothing of this network; anything else would be the template's fault.
      expect(
        about.filter((code: string) => !/^unknown-/.test(code)),
        kind,
      ).toEqual([]);
    }
  });
});

describe('bad files', () => {
  test('one bad row, and nothing is written; every mistake is named by row and column', async () => {
    const before = await count('F1', 'machines');
    const text =
      'work_center,code,name,count_modulus\nTURN,GOOD,Good,\nNONE,B1,Bad,\nTURN,,No code,\nTURN,B2,=cmd(),1\nTURN,GOOD,Again,\n';
    const { body } = await load('F1', 'machines', text);
    expect(body).toMatchObject({ committed: false, created: 0, rows: 5 });
    expect(
      body.errors.map((error: ImportReport['errors'][number]) => [error.row, error.column, error.code]),
    ).toEqual([
      [3, 'work_center', 'unknown-reference'],
      [4, 'code', 'missing'],
      [5, 'name', 'formula-like'],
      [5, 'count_modulus', 'bad-number'],
      [6, 'code', 'repeated-in-file'],
    ]);
    expect(await count('F1', 'machines')).toBe(before);
  });

  test('a dry run says what would happen and writes nothing', async () => {
    const before = await count('F1', 'machines');
    const { body } = await load(
      'F1',
      'machines',
      'work_center,code,name\nTURN,DRY,Dry\nTURN,M1,Lathe one\n',
      true,
    );
    expect(body).toMatchObject({ dryRun: true, committed: false, created: 1, unchanged: 1, errors: [] });
    expect(await count('F1', 'machines')).toBe(before);
  });

  test('a header that does not fit is said in words', async () => {
    const { body } = await load('OP', 'items', 'code,nmae\nX,Y\n');
    expect(body.errors).toMatchObject([
      { row: 1, column: 'nmae', code: 'unknown-column' },
      { row: 1, column: 'name', code: 'missing-column' },
    ]);
  });

  test('a file that is not UTF-8, not CSV, empty or too long is refused whole', async () => {
    const post = (payload: Buffer | string, type = 'text/csv') =>
      net.app.inject({
        method: 'POST',
        url: '/api/v3/imports/items',
        headers: { ...key, 'content-type': type },
        payload,
      });
    const made = await net.ask('OP', 'POST', '/api-keys', { name: 'import', scopes: ['registry'] });
    const key = { authorization: `Bearer ${made.body.secret}` };
    const gbk = Buffer.from([0xb1, 0xe0, 0xc2, 0xeb, 0x2c, 0xc3, 0xfb, 0xb3, 0xc6]);
    expect((await post(gbk)).json().code).toBe('not-utf8');
    expect((await post('')).statusCode).toBe(422);
    expect((await post('code,name\nA,"open')).json().code).toBe('malformed-csv');
    expect((await post(`code,name\n${'A,B\n'.repeat(100_001)}`)).json().code).toBe('too-many-rows');
    expect((await post(Buffer.alloc(20 * 1024 * 1024 + 1, 65))).json().code).toBe('body-too-large');
    expect((await post('{}', 'application/json')).statusCode).toBe(415);
    expect((await net.ask('OP', 'POST', '/imports/nothing', 'a')).status).toBe(400);
  });

  test('nobody imports what he may not write by hand', async () => {
    expect((await load('B1', 'machines', 'work_center,code,name\n')).body.code).toBe('forbidden');
    expect((await load('F1', 'organisations', 'kind,code,name\n')).body.code).toBe('forbidden');
    const foreign = await load('F2', 'sites', SITES);
    expect(foreign.body.errors).toMatchObject([
      { row: 2, column: 'organisation', code: 'unknown-organisation' },
    ]);
    const items = await load('F1', 'items', 'code,name\nA,B\n');
    expect(items.body).toMatchObject({ committed: false, errors: [{ code: 'operators-catalogue' }] });
    const self =
      'work_center,item,state,rate_per_hour,set_up_minutes,unit_cost_minor\nTURN,NUT,qualified,1,1,1\n';
    expect((await load('F1', 'capabilities', self)).body.errors).toMatchObject([
      { code: 'operator-qualifies' },
    ]);
  });

  test('whatever bytes come, the answer is a report or a refusal, never a fault', async () => {
    // A seed that finds something stays here.
    const seeds = [1, 20_260_302];
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        'S1',
        'F1',
        'TURN',
        '=1+1',
        '"',
        '\0',
        '1e999',
        '-0',
        '٣',
        '\ud83d\ude00',
        '1-5',
        '24:00',
        '2026-02-31',
      ),
    );
    const headers = {
      sites: SITES.split('\n')[0],
      machines: 'work_center,code,name,count_modulus',
      calendars: 'code,name,weekdays,day,shift,from,to',
      orders: 'reference,destination,destination_lat,destination_lon,item,quantity,requested_at',
    };
    const file = fc.tuple(
      fc.constantFrom('sites', 'machines', 'calendars', 'orders'),
      fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 5 }),
      fc.constantFrom(',', ';', '\t'),
    );
    for (const seed of seeds) {
      await fc.assert(
        fc.asyncProperty(file, async ([kind, rows, sign]) => {
          const header = String(headers[kind]).replaceAll(',', sign);
          const text = [header, ...rows.map((cells) => cells.join(sign))].join('\n');
          const { status, body } = await load('OP', kind, text, true);
          expect([200, 413, 422], JSON.stringify(body)).toContain(status);
        }),
        { seed, numRuns: 60 },
      );
    }
  });
});
