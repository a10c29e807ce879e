import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { cpuSeconds } from './cpu.ts';
import { type BenchFigure, median } from './figure.ts';
import type { LoadReport } from './load/upload-load.ts';
import { openRig, type Rig, runLoad } from './rig.ts';
import type { SeedPlan } from './seed.ts';

const PLANT: SeedPlan = { gateways: 4_000, machinesPerGateway: 100 };
/** Enough for the compiler to settle and every gateway's layout to be known. */
const WARM_MINUTES = 4;
const MINUTES = 4;
const RUNS = 3;
/** A closed loop; ten thousand gateways in the field are far more. */
const CONNECTIONS = 256;
const MINUTE_MS = 60_000;
/** The server takes records this far ahead of its clock. */
const FUTURE_MINUTES = 9;
const GOAL = 250_000;
const COPY_GOAL = 0.8;

/** B1: records per CPU-second of server and PostgreSQL together, beside binary COPY of the same records into the same PostgreSQL. */
export async function benchIngest(): Promise<BenchFigure[]> {
  const rig = await openRig(PLANT);
  try {
    const fromMinute = firstMinute(Math.floor(Date.now() / MINUTE_MS), WARM_MINUTES + MINUTES * RUNS);
    await load(rig, fromMinute, WARM_MINUTES);
    const rates: number[] = [];
    const copyRates: number[] = [];
    const notes: string[] = [];
    for (let run = 0; run < RUNS; run++) {
      const measured = await measure(rig, fromMinute + WARM_MINUTES + run * MINUTES);
      rates.push(measured.rate);
      notes.push(measured.note);
      copyRates.push(await measureCopy(rig, run));
    }
    const figure = median(rates);
    const copy = median(copyRates);
    return [
      {
        id: 'B1',
        what: 'HTTP V3 ingest, acknowledged after COMMIT, uploads of 100 machines',
        figure: Math.round(figure),
        unit: 'records/CPU-s',
        goal: GOAL,
        reference: {
          name: 'binary COPY, one row each, primary key (machine, minute)',
          figure: Math.round(copy),
        },
        ratio: figure / copy,
        ok: figure >= GOAL && figure / copy >= COPY_GOAL,
        note: `${notes.join(' · ')}; the reference counts PostgreSQL's CPU alone, ours the server's too`,
      },
    ];
  } finally {
    await rig.close();
  }
}

/** Minutes of the present hour where possible: a back-fill of hours that are over also marks them for roll-up again. */
function firstMinute(now: number, minutes: number): number {
  const hourStart = now - (now % 60);
  const soonest = now + FUTURE_MINUTES - minutes;
  return Math.min(soonest, Math.max(hourStart, now - minutes));
}

function load(rig: Rig, fromMinute: number, minutes: number): Promise<LoadReport> {
  return runLoad<LoadReport>('./load/upload-load.ts', {
    port: rig.httpPort,
    plant: PLANT,
    connections: CONNECTIONS,
    fromMinute,
    minutes,
    gateways: [0, PLANT.gateways],
  });
}

async function measure(rig: Rig, fromMinute: number): Promise<{ rate: number; note: string }> {
  const before = rig.cpu();
  const report = await load(rig, fromMinute, MINUTES);
  const after = rig.cpu();
  const server = after.server - before.server;
  const postgres = after.postgres - before.postgres;
  const records = PLANT.gateways * PLANT.machinesPerGateway * MINUTES;
  if (report.accepted !== records)
    throw new TypeError(`${report.accepted} of ${records} records were accepted`);
  return {
    rate: records / (server + postgres),
    note: `${(records / report.seconds / 1000).toFixed(0)} k/s wall, server ${server.toFixed(1)} s, PostgreSQL ${postgres.toFixed(1)} s, p99 ${report.p99Ms.toFixed(0)} ms`,
  };
}

/** The same number of records as rows of (machine, minute, running, count, state, energy). */
async function measureCopy(rig: Rig, run: number): Promise<number> {
  const table = `copy_reference_${run}`;
  const client = new pg.Client({ connectionString: rig.ownerUrl });
  await client.connect();
  try {
    await client.query(
      `CREATE TABLE ${table} (machine uuid, minute timestamptz, running_s int2 NOT NULL, cumulative int4 NOT NULL,
         state int2, energy_wh int4, PRIMARY KEY (machine, minute))`,
    );
    const machines = PLANT.gateways * PLANT.machinesPerGateway;
    const minuteRows = copyRows(machines);
    const before = cpuSeconds(rig.postgresPid);
    for (let minute = 0; minute < MINUTES; minute++) {
      const stream = client.query(copyFrom(`COPY ${table} FROM STDIN (FORMAT binary)`));
      if (!stream.write(minuteRows(minute))) await once(stream, 'drain');
      stream.end();
      await finished(stream);
    }
    const spent = cpuSeconds(rig.postgresPid) - before;
    return (machines * MINUTES) / spent;
  } finally {
    await client.query(`DROP TABLE IF EXISTS ${table}`);
    await client.end();
  }
}

const COPY_HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
/** Six fields with their lengths: uuid 16, timestamptz 8, int2 2, int4 4, int2 2, int4 4. */
const ROW_BYTES = 2 + 6 * 4 + 16 + 8 + 2 + 4 + 2 + 4;

/** Made once; a minute only changes the time stamps and counts, as cheaply as the generator of the other side. */
function copyRows(machines: number): (minute: number) => Buffer {
  const buffer = Buffer.alloc(COPY_HEADER.length + machines * ROW_BYTES + 2);
  COPY_HEADER.copy(buffer);
  for (let machine = 0; machine < machines; machine++) {
    let at = buffer.writeInt16BE(6, COPY_HEADER.length + machine * ROW_BYTES);
    at = buffer.writeInt32BE(16, at);
    buffer.writeUInt32BE(machine, at + 12);
    at = buffer.writeInt32BE(8, at + 16);
    at = buffer.writeInt32BE(2, at + 8);
    at = buffer.writeInt16BE(55, at);
    at = buffer.writeInt32BE(4, at);
    at = buffer.writeInt32BE(2, at + 4);
    at = buffer.writeInt32BE(4, at + 2);
    buffer.writeInt32BE(90, at);
  }
  buffer.writeInt16BE(-1, buffer.length - 2);
  return (minute) => {
    const micros = BigInt(minute) * 60_000_000n + 830_000_000_000_000n;
    for (let machine = 0; machine < machines; machine++) {
      const row = COPY_HEADER.length + machine * ROW_BYTES;
      buffer.writeBigInt64BE(micros, row + 2 + 4 + 16 + 4);
      buffer.writeInt32BE(minute * 7, row + 2 + 4 + 16 + 4 + 8 + 4 + 2 + 4);
    }
    return buffer;
  };
}
