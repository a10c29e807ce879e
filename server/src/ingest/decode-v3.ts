import { MACHINE_STATES, SIGNALS_MAX, UPLOAD_RECORDS_MAX } from '@millrace/contract';
import { isRefusal, type Refusal, refuse } from '../kernel/index.ts';
import { ABSENT, type Batch, createBatch, putOwnDay, putSignal, type Room } from './batch.ts';
import { type GatewayEntry, LAYOUT_SIGNALS_MAX, type Layout, positionOf } from './layout.ts';
import { MINUTE_MS } from './local-day.ts';
import { createOwnDay, type OwnDay } from './own-day.ts';
import { parseUpload } from './parse-upload.ts';
import { type ScannedUpload, scanUpload } from './scan-upload.ts';

/** A device's clock may be this far ahead; beyond it the records would hide those of the true time. */
export const FUTURE_MS_MAX = 10 * MINUTE_MS;
/** A gateway keeps a month at most; what is older was lost and found, and is imported, not uploaded. */
export const AGE_MS_MAX = 31 * 86_400_000;

export type RejectionCode =
  | 'malformed'
  | 'unknown-machine'
  | 'foreign-machine'
  | 'minute-off-boundary'
  | 'too-far-in-future'
  | 'too-old'
  | 'running-out-of-range'
  | 'count-out-of-range'
  | 'energy-out-of-range'
  | 'unknown-state'
  | 'too-many-signals'
  | 'repeated-in-upload';

export interface Rejection {
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
  /** As the upload named it. */
  readonly machine: string | undefined;
  /** Whose ledger it stands in; undefined for a machine that is not the gateway's. */
  readonly at: { readonly entry: GatewayEntry; readonly position: number } | undefined;
}

/** A part of the upload that belongs to one gateway's row. */
export interface DecodedUpload {
  readonly uploadId: string | undefined;
  readonly received: number;
  readonly batches: readonly Batch[];
  readonly rejections: readonly Rejection[];
}

/** Where a record belongs: the gateway's own entry, or, for an API key, the one of the machine's gateway. */
export type Locate = (machine: string, hint: number) => { entry: GatewayEntry; position: number } | undefined;

/** A gateway uploads for its own machines only. The answer is one object that changes, because the loop is hot. */
export function locateIn(entry: GatewayEntry): Locate {
  const found = { entry, position: 0 };
  return (machine, hint) => {
    found.position = positionOf(entry, machine, hint);
    return found.position < 0 ? undefined : found;
  };
}

const STATE_POSITION = new Map<unknown, number>(MACHINE_STATES.map((state, position) => [state, position]));
const COUNT_MAX = 4_294_967_295;
const ENERGY_MAX = 2_147_483_647;
const NAME_LENGTH_MAX = 64;
/** `Day` of the contract. */
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/**
 * An upload as bytes. The plain ones are read by `scanUpload`; the others by JSON.parse and `decodeUpload`, which also finds
 * the words for what is wrong with them. Never throws, whatever comes in [decode-v3.test.ts fuzzes it].
 */
export function decodeUploadText(
  text: Uint8Array,
  locate: Locate,
  now: number,
  room?: Room,
): DecodedUpload | Refusal {
  const draft = createDraft(now, room);
  const expected = (): string | null | undefined => draft.at?.entry.layout.codes[draft.hint];
  const scanned = scanUpload(text, UPLOAD_RECORDS_MAX, expected, (record, index) => {
    const code = decodeRecord(record, locate, draft);
    if (code !== undefined) reject(draft, index, code, record.machine);
  });
  if (scanned !== undefined && (scanned.uploadId?.length ?? 0) <= NAME_LENGTH_MAX)
    return finish(draft, scanned);
  const body = parseUpload(text);
  return isRefusal(body) ? body : decodeUpload(body.value, locate, now);
}

/**
 * The upload schema of the contract as one loop over what JSON.parse gave: a bad record is rejected by its index, the good
 * ones are kept.
 */
export function decodeUpload(body: unknown, locate: Locate, now: number): DecodedUpload | Refusal {
  const upload = body as { v?: unknown; uploadId?: unknown; records?: unknown } | null;
  if (typeof upload !== 'object' || upload === null || Array.isArray(upload)) return NOT_AN_UPLOAD;
  if (upload.v !== 3) return WRONG_VERSION;
  const { records, uploadId } = upload;
  if (uploadId !== undefined && (typeof uploadId !== 'string' || uploadId.length > NAME_LENGTH_MAX))
    return BAD_UPLOAD_ID;
  if (!Array.isArray(records) || records.length === 0 || records.length > UPLOAD_RECORDS_MAX)
    return WRONG_NUMBER;
  const draft = createDraft(now);
  for (let index = 0; index < records.length; index++) {
    const record: unknown = records[index];
    const code = decodeRecord(record, locate, draft);
    if (code !== undefined) reject(draft, index, code, (record as Loose | null)?.machine);
  }
  return finish(draft, { uploadId, received: records.length });
}

function createDraft(now: number, room?: Room): Draft {
  return {
    room,
    batches: [],
    rejections: [],
    current: undefined,
    ownDay: createOwnDay(),
    newest: now + FUTURE_MS_MAX,
    oldest: now - AGE_MS_MAX,
    hint: 0,
    at: undefined,
  };
}

function finish(draft: Draft, { uploadId, received }: ScannedUpload): DecodedUpload {
  const batches = draft.batches.filter(({ records }) => records > 0);
  return { uploadId, received, batches, rejections: draft.rejections };
}

interface Draft {
  readonly room: Room | undefined;
  readonly batches: Batch[];
  readonly rejections: Rejection[];
  /** The batch of the record before: nearly always also this one's. */
  current: Batch | undefined;
  readonly ownDay: OwnDay;
  readonly newest: number;
  readonly oldest: number;
  /** Position expected next. */
  hint: number;
  /** Where the present record belongs, once that is known. */
  at: ReturnType<Locate>;
}

interface Loose {
  readonly machine?: unknown;
  readonly minute?: unknown;
  readonly runningS?: unknown;
  readonly count?: unknown;
  readonly day?: unknown;
  readonly state?: unknown;
  readonly energyWh?: unknown;
  readonly signals?: unknown;
}

function decodeRecord(value: unknown, locate: Locate, draft: Draft): RejectionCode | undefined {
  draft.at = undefined;
  if (typeof value !== 'object' || value === null) return 'malformed';
  const record = value as Loose;
  const { machine, minute, runningS, count, day, state, energyWh, signals } = record;
  if (typeof machine !== 'string') return 'malformed';
  const at = locate(machine, draft.hint);
  if (at === undefined) return 'unknown-machine';
  draft.at = at;
  draft.hint = at.position + 1;
  const wrong = wrongIn(record, draft);
  if (wrong !== undefined) return wrong;
  const statePosition = state === undefined ? ABSENT : STATE_POSITION.get(state);
  if (statePosition === undefined) return 'unknown-state';
  const batch = batchFor(draft, at.entry, (minute as number) / MINUTE_MS);
  const { values, machines } = batch;
  if (values[at.position] !== ABSENT) return 'repeated-in-upload';
  if (signals !== undefined) {
    const problem = decodeSignals(signals, batch, at.position);
    if (problem !== undefined) return problem;
  }
  values[at.position] = runningS as number;
  values[machines + at.position] = (count as number) | 0;
  values[2 * machines + at.position] = statePosition;
  if (statePosition !== ABSENT) batch.hasState = true;
  if (energyWh !== undefined) {
    values[3 * machines + at.position] = energyWh as number;
    batch.hasEnergy = true;
  }
  // A date that is not the minute's says that the sender's zone is not the site's: then it is as if none were said.
  if (day !== undefined) {
    const sinceMidnight = draft.ownDay(zoneOf(batch.layout, at.position), batch.minute, day as string);
    if (sinceMidnight !== ABSENT) putOwnDay(batch, at.position, sinceMidnight);
  }
  batch.records++;
  return undefined;
}

const zoneOf = ({ zones, zoneOf }: Layout, position: number): string =>
  zones[zoneOf[position] as number] as string;

function wrongIn({ minute, runningS, count, day, energyWh }: Loose, draft: Draft): RejectionCode | undefined {
  if (!Number.isInteger(minute) || !Number.isInteger(runningS) || !Number.isInteger(count))
    return typeof minute === 'number' && typeof runningS === 'number' && typeof count === 'number'
      ? fraction(minute, runningS)
      : 'malformed';
  if ((minute as number) % MINUTE_MS !== 0) return 'minute-off-boundary';
  if ((minute as number) > draft.newest) return 'too-far-in-future';
  if ((minute as number) < draft.oldest) return 'too-old';
  if ((runningS as number) < 0 || (runningS as number) > 60) return 'running-out-of-range';
  if ((count as number) < 0 || (count as number) > COUNT_MAX) return 'count-out-of-range';
  if (day !== undefined && (typeof day !== 'string' || !DATE.test(day))) return 'malformed';
  if (energyWh === undefined) return undefined;
  if (typeof energyWh !== 'number') return 'malformed';
  const fits = Number.isInteger(energyWh) && energyWh >= 0 && energyWh <= ENERGY_MAX;
  return fits ? undefined : 'energy-out-of-range';
}

function fraction(minute: number, runningS: number): RejectionCode {
  if (!Number.isInteger(minute)) return 'minute-off-boundary';
  return Number.isInteger(runningS) ? 'count-out-of-range' : 'running-out-of-range';
}

function batchFor(draft: Draft, { layout }: GatewayEntry, minute: number): Batch {
  const { current } = draft;
  if (current !== undefined && current.minute === minute && current.layout === layout) return current;
  // A back-fill has as many batches as minutes; it comes in minute order, so the right one is usually the last.
  for (let i = draft.batches.length - 1; i >= 0; i--) {
    const batch = draft.batches[i] as Batch;
    if (batch.minute === minute && batch.layout === layout) {
      draft.current = batch;
      return batch;
    }
  }
  const batch = createBatch(layout, minute, draft.room);
  draft.batches.push(batch);
  draft.current = batch;
  return batch;
}

/** All or nothing of one record: values are checked before the first is put. */
function decodeSignals(signals: unknown, batch: Batch, position: number): RejectionCode | undefined {
  if (typeof signals !== 'object' || signals === null || Array.isArray(signals)) return 'malformed';
  const entries = Object.entries(signals);
  if (entries.length > SIGNALS_MAX) return 'too-many-signals';
  for (const [name, value] of entries) {
    if (name.length > NAME_LENGTH_MAX || !isPlainText(name)) return 'malformed';
    if (typeof value !== 'number' || !Number.isFinite(value)) return 'malformed';
  }
  const names = new Set([...batch.layout.signals, ...(batch.signals?.keys() ?? [])]);
  for (const [name] of entries) names.add(name);
  if (names.size > LAYOUT_SIGNALS_MAX) return 'too-many-signals';
  for (const [name, value] of entries) putSignal(batch, name, position, value as number);
  return undefined;
}

/** PostgreSQL's text has no place for NUL, and half a surrogate pair is no character. */
function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function reject({ rejections, at }: Draft, index: number, code: RejectionCode, machine: unknown): void {
  const named = typeof machine === 'string' ? machine : undefined;
  rejections.push({ index, code, message: MESSAGES[code], machine: named, at: at && { ...at } });
}

/** Also for those who find out later that a machine is somebody else's. */
export const MESSAGES: Readonly<Record<RejectionCode, string>> = {
  malformed:
    'A record needs machine (text), minute, runningS and count (numbers); day is a date, yyyy-mm-dd, signals are numbers by name.',
  'unknown-machine': 'No machine of this code or id reports through this gateway.',
  'foreign-machine': 'This machine reports through another gateway.',
  'minute-off-boundary': 'minute must be a multiple of 60,000 ms.',
  'too-far-in-future': `minute is more than ${FUTURE_MS_MAX / MINUTE_MS} minutes ahead of the platform's clock.`,
  'too-old': `minute is more than ${AGE_MS_MAX / 86_400_000} days old.`,
  'running-out-of-range': 'runningS must be a whole number from 0 to 60.',
  'count-out-of-range': 'count must be a whole number from 0 to 4,294,967,295.',
  'energy-out-of-range': 'energyWh must be a whole number from 0 to 2,147,483,647.',
  'unknown-state': `state must be one of ${MACHINE_STATES.join(', ')}.`,
  'too-many-signals': `A record may carry ${SIGNALS_MAX} signals, a gateway ${LAYOUT_SIGNALS_MAX} different ones.`,
  'repeated-in-upload': 'The upload has this machine and minute twice; the first is kept.',
};

const NOT_AN_UPLOAD = refuse('not-an-upload', 400, 'The body must be an object { "v": 3, "records": […] }.', {
  fields: [{ pointer: '/body', message: 'must be an object' }],
});
const WRONG_VERSION = refuse('wrong-version', 400, 'v must be the number 3.', {
  fields: [{ pointer: '/body/v', message: 'must be 3' }],
});
const BAD_UPLOAD_ID = refuse(
  'bad-upload-id',
  400,
  `uploadId must be a text of at most ${NAME_LENGTH_MAX} characters.`,
  {
    fields: [{ pointer: '/body/uploadId', message: `must be text, at most ${NAME_LENGTH_MAX} characters` }],
  },
);
const WRONG_NUMBER = refuse(
  'wrong-number-of-records',
  400,
  `records must be a list of 1 to ${UPLOAD_RECORDS_MAX} records.`,
  { fields: [{ pointer: '/body/records', message: `must have 1 to ${UPLOAD_RECORDS_MAX} entries` }] },
);
