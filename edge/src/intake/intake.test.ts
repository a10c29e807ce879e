import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EdgeBuffer, MachineRecord } from '@millrace/contract';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../store/index.ts';
import { checkUpload } from './check-upload.ts';
import { type Intake, openIntake } from './index.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const TOKEN = 'a-token-of-the-factory';
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function openSite(buffer: EdgeBuffer = {}): Promise<{ store: Store; intake: Intake; url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-intake-'));
  const store = await openStore({ folder, buffer: { fsyncMs: 10, ...buffer }, now: () => START });
  const intake = await openIntake({ port: 0, host: '127.0.0.1', token: () => TOKEN, store: () => store });
  ends.push(async () => {
    await intake.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { store, intake, url: `http://127.0.0.1:${intake.port}/api/v3/machine-records` };
}
const record = (count: number, more: object = {}) => ({
  machine: 'M1',
  minute: START + count * 60_000,
  runningS: 60,
  count,
  ...more,
});
async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const stored = async (store: Store): Promise<unknown[]> => {
  const all = { items: 1e6, bytes: 1e9, before: Number.POSITIVE_INFINITY };
  const { entries } = await store.read('records', 1, all);
  return entries.flatMap((entry) => (entry.kind === 'records' ? entry.records : []));
};

describe('the intake', () => {
  test('is there for the whole factory when no host is given, also on a box without IPv6', async () => {
    const intake = await openIntake({ port: 0, token: () => TOKEN, store: () => undefined });
    ends.push(() => intake.close());
    const own = Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? []);
    expect(own).toContain('127.0.0.1');
    for (const host of ['127.0.0.1', ...(own.includes('::1') ? ['[::1]'] : [])]) {
      expect((await post(`http://${host}:${intake.port}/elsewhere`, {})).status).toBe(404);
    }
  });

  test('answers when the records are on its disk', async () => {
    const { store, url } = await openSite();
    const answer = await post(url, {
      v: 3,
      uploadId: 'u1',
      records: [record(1), record(2, { state: 'running', energyWh: 3, signals: { t: 1.5 } })],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        uploadId: 'u1',
        received: 2,
        accepted: 2,
        duplicate: 0,
        conflict: 0,
        rejected: 0,
        rejections: [],
      },
    });
    expect(await stored(store)).toEqual([
      record(1),
      record(2, { state: 'running', energyWh: 3, signals: { t: 1.5 } }),
    ]);
  });

  test('keeps the good records and rejects the bad ones by their index, as the platform does', async () => {
    const { store, url } = await openSite();
    const { body } = await post(url, {
      v: 3,
      records: [
        record(1, { note: 'not ours' }),
        record(2, { count: -1 }),
        record(2, { minute: START + 1 }),
        record(2, { runningS: 61 }),
        record(2, { state: 'dancing' }),
        record(2, { energyWh: -1 }),
        record(1, { count: 9 }),
        'nonsense',
        record(2, { signals: { t: 'warm' } }),
        record(2, { signals: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`s${i}`, i])) }),
        record(3),
      ],
    });
    expect(body).toMatchObject({ received: 11, accepted: 2, rejected: 9 });
    expect(
      (body.rejections as { index: number; code: string }[]).map(({ index, code }) => [index, code]),
    ).toEqual([
      [1, 'count-out-of-range'],
      [2, 'minute-off-boundary'],
      [3, 'running-out-of-range'],
      [4, 'unknown-state'],
      [5, 'energy-out-of-range'],
      [6, 'repeated-in-upload'],
      [7, 'malformed'],
      [8, 'malformed'],
      [9, 'too-many-signals'],
    ]);
    expect(await stored(store)).toEqual([record(1), record(3)]);
  });

  test('refuses who has not the token, and what is no upload, in words', async () => {
    const { store, url, intake } = await openSite();
    const good = { v: 3, records: [record(1)] };
    expect((await post(url, good, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post(url, good, { authorization: '' })).status).toBe(401);
    expect((await post(url, good, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(url.replace('records', 'secrets'), good)).status).toBe(404);
    const codes = await Promise.all(
      ['{', '[]', '{"v":2}', '{"v":3,"records":[]}', '{"v":3,"uploadId":1,"records":[1]}'].map(
        async (text) => (await post(url, text)).body.code,
      ),
    );
    expect(codes).toEqual([
      'malformed-json',
      'not-an-upload',
      'wrong-version',
      'wrong-number-of-records',
      'bad-upload-id',
    ]);
    expect(await stored(store)).toEqual([]);
    expect(intake.health()).toMatchObject({ uploads: 0, accepted: 0, refused: 9 });
  });

  test('does not read a body that is too large to its end', async () => {
    const { url } = await openSite();
    expect((await post(url, `"${'x'.repeat(3_000_000)}"`).catch(() => ({ status: 413 }))).status).toBe(413);
  });

  test('lives on when a collector hangs up in the middle of its upload', async () => {
    const { url, intake, store } = await openSite();
    const socket = connect(intake.port, '127.0.0.1').on('error', () => undefined);
    socket.write(
      `POST /api/v3/machine-records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"v":3,"records":[',
      () => socket.resetAndDestroy(),
    );
    await expect.poll(() => intake.health().refused).toBe(1);
    expect((await post(url, { v: 3, records: [record(1)] })).status).toBe(200);
    expect(await stored(store)).toEqual([record(1)]);
  });

  test('says when to come again while nothing more can be kept, and loses nothing by it', async () => {
    const { url, store } = await openSite({ quotaMiB: 8, whenFull: 'drop-newest' });
    const signals = Object.fromEntries(
      Array.from({ length: 32 }, (_, i) => [`signal-${i}`.padEnd(60, '-'), i]),
    );
    let count = 0;
    while (store.full() === undefined) {
      store.append({ kind: 'records', records: [record(count++, { signals })] });
      if (count % 100 === 0) await store.flush();
    }
    const answer = await post(url, { v: 3, records: [record(-1)] });
    expect(answer).toMatchObject({ status: 503, body: { code: 'intake-full' } });
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(store.health().dropped).toBe(0);
  });
});

test('keeps every field that the contract names, and refuses a day that is none', () => {
  const full = {
    ...{ machine: 'M1', minute: START, runningS: 60, count: 7, day: '2026-03-02' },
    ...{ state: 'running', energyWh: 12, signals: { amps: 3.5 } },
  };
  expect(Object.keys(full).sort()).toEqual(Object.keys(MachineRecord.properties).sort());
  expect(checkUpload({ v: 3, records: [full] })).toMatchObject({ records: [full] });
  for (const day of ['2026-3-2', '2026-13-01', 20_260_302, null])
    expect(checkUpload({ v: 3, records: [{ ...full, day }] })).toMatchObject({
      records: [],
      answer: { rejections: [{ code: 'malformed' }] },
    });
});

test('whatever is uploaded, received = accepted + rejected and every accepted record is one', () => {
  const isRecord = Compile(MachineRecord);
  const almost = fc.record(
    {
      machine: fc.oneof(fc.string(), fc.constant('M1'), fc.anything()),
      minute: fc.oneof(fc.constant(START), fc.double(), fc.integer()),
      runningS: fc.oneof(fc.integer({ min: -1, max: 61 }), fc.double()),
      count: fc.oneof(fc.nat(), fc.double()),
      state: fc.oneof(fc.constantFrom('running', 'idle'), fc.string()),
      day: fc.oneof(fc.constantFrom('2026-03-02', '2026-13-02'), fc.anything()),
      energyWh: fc.oneof(fc.nat(), fc.anything()),
      signals: fc.oneof(fc.dictionary(fc.string(), fc.double()), fc.anything()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(almost, fc.anything()), { minLength: 1, maxLength: 20 }), (records) => {
      const checked = checkUpload({ v: 3, records });
      if ('code' in checked) throw new TypeError(checked.code);
      const { received, accepted, rejected } = checked.answer;
      expect([received, accepted + rejected, accepted]).toEqual([
        records.length,
        records.length,
        checked.records.length,
      ]);
      for (const one of checked.records) expect(isRecord.Check(one)).toBe(true);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.anything(), (body) => void checkUpload(body)),
    { numRuns: 200 },
  );
});
