import {
  ABSENT,
  type Batch,
  type CountTrack,
  countOf,
  countStep,
  isOwnDay,
  NO_MINUTE,
  piecesOf,
  stateOf,
} from '../ingest/index.ts';
import type { Registry } from '../registry/index.ts';
import { type Assignment, assignmentAt, standardMinutes } from './assigned-work.ts';
import type { GatewayFacts } from './gateway-facts.ts';
import { createRing, type MinuteRing, pushMinute } from './minute-ring.ts';
import { minuteState, NO_RECORD, RUNNING } from './minute-state.ts';
import { holds, isPlanned, type MachineBlocks } from './planned-time.ts';

export interface DaySpan {
  /** Minutes since the epoch; half-open. */
  readonly start: number;
  readonly end: number;
}

/** Today's assigned production of one machine. */
export interface WorkToday {
  standardMin: number;
  aptMin: number;
}

/**
 * Machines of one gateway as they are now: columns, one entry per position of the layout, because a million machines are a
 * million entries and a record costs nanoseconds. Everything here can be made again from the stored records of today.
 */
export interface GatewayLive {
  readonly orgId: string;
  readonly networkId: string;
  readonly gatewayId: string;
  readonly machineIds: readonly string[];
  readonly increments: readonly boolean[];
  readonly track: CountTrack;
  /** Position in MACHINE_STATES of the newest minute. */
  readonly state: Uint8Array;
  /** First minute of that state without a gap. */
  readonly since: Int32Array;
  /** Start of the local day that the figures of today belong to. */
  readonly dayStart: Int32Array;
  readonly piecesToday: Float64Array;
  /** Production minutes of planned busy time today. */
  readonly aptToday: Uint16Array;
  /** Sparse: machines that were set to make something today. */
  readonly workToday: Map<number, WorkToday>;
  readonly pieces: MinuteRing;
  /** Seconds run; only where somebody asks for them, which is where machines have assignments. */
  running: MinuteRing | undefined;
  /** Turn of the last visible change. */
  readonly changed: Int32Array;
  /** The latest of them. */
  changedTurn: number;
  newestMinute: number;
}

/** A silence of this many minutes ends a state; shorter gaps are lost records. */
const STATE_GAP_MIN = 5;

export function createGatewayLive(
  key: Pick<GatewayLive, 'orgId' | 'networkId' | 'gatewayId' | 'machineIds' | 'increments'>,
): GatewayLive {
  const machines = key.machineIds.length;
  const { orgId, networkId, gatewayId, machineIds, increments } = key;
  return {
    orgId,
    networkId,
    gatewayId,
    machineIds,
    increments,
    ...columnsOf(machines),
    workToday: new Map(),
    pieces: createRing(machines),
    running: undefined,
    changedTurn: 0,
    newestMinute: NO_MINUTE,
  };
}

/** All columns in one piece of memory, the widest first: ten of them apiece would cost as much as what they hold. */
function columnsOf(
  machines: number,
): Pick<GatewayLive, 'track' | 'state' | 'since' | 'dayStart' | 'piecesToday' | 'aptToday' | 'changed'> {
  const memory = new ArrayBuffer(machines * BYTES_PER_MACHINE);
  const column = (bytesBefore: number): [ArrayBuffer, number, number] => [
    memory,
    machines * bytesBefore,
    machines,
  ];
  return {
    piecesToday: new Float64Array(...column(0)),
    since: new Int32Array(...column(8)).fill(NO_MINUTE),
    dayStart: new Int32Array(...column(12)).fill(NO_MINUTE),
    changed: new Int32Array(...column(16)),
    track: {
      minute: new Int32Array(...column(20)).fill(NO_MINUTE),
      count: new Uint32Array(...column(24)),
      midnight: new Uint8Array(...column(30)),
    },
    aptToday: new Uint16Array(...column(28)),
    state: new Uint8Array(...column(31)).fill(NO_RECORD),
  };
}
const BYTES_PER_MACHINE = 32;

/** What applying a batch needs of the world. */
export interface LiveWorld {
  readonly registry: Registry;
  readonly dayOf: (zone: string, minute: number) => DaySpan;
  readonly blocksOf: (machineId: string) => MachineBlocks | undefined;
  readonly assignmentsOf: (machineId: string) => readonly Assignment[] | undefined;
}

/** Goes on with one batch; records that are not newer than the last are left out, they need a rebuild. O(records). */
export function applyBatch(
  live: GatewayLive,
  facts: GatewayFacts,
  batch: Batch,
  world: LiveWorld,
  turn: number,
): void {
  const { minute, values } = batch;
  const machines = Math.min(batch.machines, live.machineIds.length);
  const { track } = live;
  for (let position = 0; position < machines; position++) {
    const runningS = values[position] as number;
    if (runningS === ABSENT) continue;
    const previous = track.minute[position] as number;
    if (minute <= previous) continue;
    const day = dayAt(facts, position, minute, world);
    const count = countOf(batch, position);
    const modulus = facts.moduli.size > 0 ? (facts.moduli.get(position) ?? null) : null;
    const pieces = live.increments[position]
      ? setMinute(track, position, minute, count)
      : piecesOf(countStep(track, position, minute, count, day, modulus, isOwnDay(batch, position, day)));
    const state = minuteState(runningS, stateOf(batch, position));
    if (live.dayStart[position] !== day.start) beginDay(live, position, day.start);
    live.piecesToday[position] = (live.piecesToday[position] as number) + pieces;
    if (state !== live.state[position] || minute - previous > STATE_GAP_MIN) live.since[position] = minute;
    live.state[position] = state;
    pushMinute(live.pieces, position, previous, minute, pieces);
    if (live.running) pushMinute(live.running, position, previous, minute, runningS);
    live.changed[position] = turn;
    account(live, facts, position, minute, state, pieces, world);
  }
  live.changedTurn = turn;
  if (minute > live.newestMinute) live.newestMinute = minute;
}

/** Everything of the gateway is to be shown again. */
export function touchAll(live: GatewayLive, turn: number): void {
  live.changed.fill(turn);
  live.changedTurn = turn;
}

export function touch(live: GatewayLive, position: number, turn: number): void {
  live.changed[position] = turn;
  live.changedTurn = turn;
}

function account(
  live: GatewayLive,
  facts: GatewayFacts,
  position: number,
  minute: number,
  state: number,
  pieces: number,
  world: LiveWorld,
): void {
  const cursor = facts.cursors[facts.cursorOf[position] as number];
  if (cursor === undefined || !isPlanned(cursor, minute, world.registry)) return;
  const machineId = live.machineIds[position] as string;
  const blocks = world.blocksOf(machineId);
  if (blocks && (holds(blocks.maintenance, minute) || holds(blocks.closed, minute))) return;
  if (state === RUNNING) live.aptToday[position] = (live.aptToday[position] as number) + 1;
  const assignment = assignmentAt(world.assignmentsOf(machineId), minute);
  if (assignment === undefined) return;
  let work = live.workToday.get(position);
  if (work === undefined) {
    work = { standardMin: 0, aptMin: 0 };
    live.workToday.set(position, work);
  }
  if (state === RUNNING) work.aptMin++;
  work.standardMin += standardMinutes(pieces, assignment);
}

function dayAt(facts: GatewayFacts, position: number, minute: number, world: LiveWorld): DaySpan {
  const zone = facts.zoneOf[position] as number;
  const known = facts.days[zone];
  if (known !== undefined && minute >= known.start && minute < known.end) return known;
  const day = world.dayOf(facts.zones[zone] as string, minute);
  facts.days[zone] = day;
  return day;
}

function setMinute(track: CountTrack, position: number, minute: number, count: number): number {
  track.minute[position] = minute;
  track.count[position] = count;
  return count;
}

function beginDay(live: GatewayLive, position: number, start: number): void {
  live.dayStart[position] = start;
  live.piecesToday[position] = 0;
  live.aptToday[position] = 0;
  live.workToday.delete(position);
}
