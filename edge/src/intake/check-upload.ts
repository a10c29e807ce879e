import {
  Day,
  MACHINE_STATES,
  type MachineRecord,
  SIGNALS_MAX,
  UPLOAD_RECORDS_MAX,
  type UploadAnswer,
} from '@millrace/contract';
import { Compile } from 'typebox/compile';

/** An upload of another collector: its good records, and what is said of the bad ones. */
export interface CheckedUpload {
  readonly records: readonly MachineRecord[];
  readonly answer: UploadAnswer;
}

/** Nothing of the upload can be used; the words the platform has for it. */
export interface UploadRefusal {
  readonly code: string;
  readonly detail: string;
}

type RejectionCode = UploadAnswer['rejections'][number]['code'];
type Loose = Readonly<Record<string, unknown>>;

const MINUTE_MS = 60_000;
const COUNT_MAX = 4_294_967_295;
const ENERGY_MAX = 2_147_483_647;
const TEXT_MAX = 64;
/** [Instant] */
const MINUTE_MAX = 7_258_118_400_000;
/** Rejections told one by one; the numbers tell all. [UploadAnswer] */
const REJECTIONS_MAX = 100;

/**
 * Record by record as the platform does it, but for what only the platform knows: whose machine it is, and by its clock whether a
 * minute is too old or too far ahead. A gateway whose own clock is wrong must not turn good records away.
 */
export function checkUpload(body: unknown): CheckedUpload | UploadRefusal {
  if (!isObject(body)) return NOT_AN_UPLOAD;
  if (body.v !== 3) return { code: 'wrong-version', detail: 'v must be the number 3.' };
  const { uploadId, records } = body;
  if (uploadId !== undefined && (typeof uploadId !== 'string' || uploadId.length > TEXT_MAX))
    return { code: 'bad-upload-id', detail: `uploadId must be a text of at most ${TEXT_MAX} characters.` };
  if (!Array.isArray(records) || records.length === 0 || records.length > UPLOAD_RECORDS_MAX)
    return {
      code: 'wrong-number-of-records',
      detail: `records must be a list of 1 to ${UPLOAD_RECORDS_MAX} records.`,
    };
  const good: MachineRecord[] = [];
  const rejections: UploadAnswer['rejections'] = [];
  const seen = new Set<string>();
  for (const [index, record] of records.entries()) {
    const checked = checkRecord(record, seen);
    if (typeof checked === 'string') rejections.push({ index, code: checked, message: MESSAGES[checked] });
    else good.push(checked);
  }
  const answer = {
    ...(uploadId === undefined ? {} : { uploadId }),
    received: records.length,
    accepted: good.length,
    duplicate: 0,
    conflict: 0,
    rejected: rejections.length,
    rejections: rejections.slice(0, REJECTIONS_MAX),
  };
  return { records: good, answer };
}

const NOT_AN_UPLOAD: UploadRefusal = {
  code: 'not-an-upload',
  detail: 'The body must be an object { "v": 3, "records": […] }.',
};

type LocalCode = Exclude<
  RejectionCode,
  'unknown-machine' | 'foreign-machine' | 'too-far-in-future' | 'too-old'
>;
const MESSAGES: Readonly<Record<LocalCode, string>> = {
  malformed:
    'A record needs machine (text), minute, runningS and count (numbers); day is a date, yyyy-mm-dd, signals are numbers by name.',
  'minute-off-boundary': 'minute must be a multiple of 60,000 ms.',
  'running-out-of-range': 'runningS must be a whole number from 0 to 60.',
  'count-out-of-range': 'count must be a whole number from 0 to 4,294,967,295.',
  'energy-out-of-range': 'energyWh must be a whole number from 0 to 2,147,483,647.',
  'unknown-state': `state must be one of ${MACHINE_STATES.join(', ')}.`,
  'too-many-signals': `A record may carry ${SIGNALS_MAX} signals.`,
  'repeated-in-upload': 'The upload has this machine and minute twice; the first is kept.',
};

/** Only what the contract names is kept: what else a collector adds is not ours to forward. */
function checkRecord(value: unknown, seen: Set<string>): MachineRecord | LocalCode {
  if (!isObject(value)) return 'malformed';
  const { machine, minute, runningS, count } = value;
  if (!isText(machine) || machine === '') return 'malformed';
  if (typeof minute !== 'number' || typeof runningS !== 'number' || typeof count !== 'number')
    return 'malformed';
  const wrong = outOfRange(minute, runningS, count) ?? wrongExtra(value);
  if (wrong !== undefined) return wrong;
  const key = `${minute} ${machine}`;
  if (seen.has(key)) return 'repeated-in-upload';
  seen.add(key);
  const { day, state, energyWh, signals } = value;
  return {
    machine,
    minute,
    runningS,
    count,
    ...(isDay.Check(day) ? { day } : {}),
    ...(isState(state) ? { state } : {}),
    ...(typeof energyWh === 'number' ? { energyWh } : {}),
    ...(isObject(signals)
      ? { signals: Object.fromEntries(Object.entries(signals)) as Record<string, number> }
      : {}),
  };
}

const isWithin = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= most;

function outOfRange(minute: number, runningS: number, count: number): LocalCode | undefined {
  if (!isWithin(minute, MINUTE_MAX) || minute % MINUTE_MS !== 0) return 'minute-off-boundary';
  if (!isWithin(runningS, 60)) return 'running-out-of-range';
  return isWithin(count, COUNT_MAX) ? undefined : 'count-out-of-range';
}

function wrongExtra({ day, state, energyWh, signals }: Loose): LocalCode | undefined {
  if (day !== undefined && !isDay.Check(day)) return 'malformed';
  if (energyWh !== undefined && typeof energyWh !== 'number') return 'malformed';
  if (energyWh !== undefined && !isWithin(energyWh, ENERGY_MAX)) return 'energy-out-of-range';
  if (state !== undefined && !isState(state)) return 'unknown-state';
  if (signals === undefined) return undefined;
  if (!isObject(signals)) return 'malformed';
  const entries = Object.entries(signals);
  if (entries.length > SIGNALS_MAX) return 'too-many-signals';
  const isGood = entries.every(([name, one]) => isText(name) && Number.isFinite(one));
  return isGood ? undefined : 'malformed';
}

/** PostgreSQL's text has no place for NUL, and half a surrogate pair is no character. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= TEXT_MAX && !value.includes('\0') && value.isWellFormed();

const isDay = Compile(Day);

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isState = (value: unknown): value is (typeof MACHINE_STATES)[number] =>
  (MACHINE_STATES as readonly unknown[]).includes(value);
