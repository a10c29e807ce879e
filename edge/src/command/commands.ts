import type { CommandOutcome, EdgeMachine, EdgeOrders, TagValue } from '@millrace/contract';
import { DriverFault, type TagAddress } from '../driver/index.ts';
import type { Log } from '../log/index.ts';
import { allowedHere } from './allow-list.ts';
import { type CommandJournal, JournalFault } from './command-journal.ts';
import {
  type CurrentTags,
  findCommand,
  type Holds,
  type OrderedCommand,
  type Refused,
  refuseForInterlock,
  refuseForTime,
  refuseForValue,
} from './decide.ts';
import { rawOf } from './raw-value.ts';

/** What commands need of the machines. */
export interface CommandTarget {
  /** Of the configuration that runs. */
  machines(): readonly EdgeMachine[];
  isConnected(connection: string): boolean;
  /** Reads these tags from the far side now; what cannot be read is not good. */
  readNow(machine: EdgeMachine, tags: readonly string[]): Promise<CurrentTags>;
  /** Resolves when the far side has confirmed. */
  write(connection: string, tag: TagAddress, value: Exclude<TagValue, null>): Promise<void>;
  call(connection: string, address: string, value: TagValue): Promise<TagValue>;
}

export interface CommandsOptions {
  /** Where `allow.yaml` lies. */
  readonly folder: string;
  readonly journal: CommandJournal;
  readonly target: CommandTarget;
  readonly holds: Holds;
  /** Names of the tags that an expression reads. */
  tagsOf(expression: string, machine: EdgeMachine): readonly string[];
  /** The box's own clock, epoch ms. */
  now(): number;
  /** The platform's clock as the agent knows it, epoch ms: expiry is judged by it. */
  platformNow(): number;
  /** An outcome waits to be told. */
  ended(): void;
  readonly log: Log;
  /** How long a machine is waited for at the end of the agent, ms; tests are in a hurry. */
  readonly endMs?: number;
}

/** Commands of the platform to machines: each id at most once, whatever is asked again and whenever the power goes. */
export interface Commands {
  /** Takes what it does not know yet; returns how many those were. */
  take(commands: EdgeOrders['commands']): number;
  settle(ids: readonly string[]): void;
  untold(): readonly { readonly id: string; readonly outcome: CommandOutcome }[];
  /** Waits a little for what is under way, and begins nothing more. */
  close(): Promise<void>;
}

/** Commands under way; the platform asks again for those that are not taken. */
const RUNNING_MAX = 64;
/** The far side has so long to answer; then what happened there is unknown. */
const MACHINE_ANSWER_MS_MAX = 30_000;
/** Everything has to be closed in 10 s: a machine that has not answered by then leaves its command unknown. */
const END_MS_MAX = 3_000;
/** Between two looks at a value that must follow a write. */
const READ_BACK_PAUSE_MS = 100;
const DETAIL_CHARACTERS_MAX = 500;

export function openCommands(options: CommandsOptions): Commands {
  const running = new Map<string, Promise<void>>();
  /** Commands for one machine go one after the other: the interlocks of the second see what the first did. */
  const lastOf = new Map<string, Promise<void>>();
  let closed = false;
  const begin = (order: OrderedCommand): void => {
    const before = lastOf.get(order.machine) ?? Promise.resolve();
    const run = before.then(() => (closed ? undefined : handle(order, options)));
    const done = run
      .catch((cause: unknown) =>
        options.log.error('a command could not be handled', { id: order.id, why: why(cause) }),
      )
      .finally(() => {
        running.delete(order.id);
        if (lastOf.get(order.machine) === done) lastOf.delete(order.machine);
        options.ended();
      });
    running.set(order.id, done);
    lastOf.set(order.machine, done);
  };
  return {
    take: (commands) => {
      const fresh = commands.filter(({ id }) => !running.has(id) && options.journal.known(id) === undefined);
      const taken = closed ? [] : fresh.slice(0, RUNNING_MAX - running.size);
      for (const order of taken) begin(order);
      return taken.length;
    },
    settle: (ids) => options.journal.settle(ids),
    untold: () => options.journal.untold(),
    close: async () => {
      closed = true;
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, options.endMs ?? END_MS_MAX);
      await Promise.race([Promise.all(running.values()), late.promise]);
      clearTimeout(timer);
    },
  };
}

async function handle(order: OrderedCommand, options: CommandsOptions): Promise<void> {
  const { journal, log, now } = options;
  // Two orders of the same id may have waited behind each other.
  if (journal.known(order.id) !== undefined) return;
  const outcome = await decideAndExecute(order, options);
  journal.end(order.id, outcome, order.expiresAt);
  const { id, machine, command, value } = order;
  const { state, refusal, detail } = outcome;
  log.info('a command has its outcome', { id, machine, command, value, state, refusal, detail, at: now() });
}

async function decideAndExecute(order: OrderedCommand, options: CommandsOptions): Promise<CommandOutcome> {
  const { journal, target, holds, now, platformNow, folder } = options;
  const ended = (state: CommandOutcome['state'], more: Partial<CommandOutcome> = {}): CommandOutcome => ({
    state,
    refusal: null,
    readBack: null,
    ...more,
    detail: more.detail?.slice(0, DETAIL_CHARACTERS_MAX) ?? null,
    at: now(),
  });
  const refuse = ({ refusal, detail }: Refused): CommandOutcome => ended('refused', { refusal, detail });
  if (journal.distrustedUntil !== undefined && now() < journal.distrustedUntil) {
    return ended('unknown', {
      detail: 'the journal of commands was damaged; it may have been executed before',
    });
  }
  const found = findCommand(target.machines(), order);
  if (found === undefined) {
    return refuse({
      refusal: 'not-configured',
      detail: `${order.machine} has no command ${order.command} here`,
    });
  }
  const { machine } = found;
  const allowed = await allowedHere(folder, order.machine, found.command);
  if (allowed.command === undefined)
    return refuse({ refusal: 'not-allowed-here', detail: allowed.forbidden });
  const { command, bounds } = allowed;
  const early = refuseForTime(order.expiresAt, platformNow()) ?? refuseForValue(command, order.value, bounds);
  if (early !== undefined) return refuse(early);
  if (!target.isConnected(command.connection)) {
    return refuse({ refusal: 'not-connected', detail: `${command.connection} is not connected` });
  }
  const needed = command.interlocks.flatMap(({ when }) => options.tagsOf(when, machine));
  const values = needed.length === 0 ? new Map() : await target.readNow(machine, [...new Set(needed)]);
  // Reading took time: the clock is asked last.
  const late =
    refuseForInterlock(machine, command, values, holds) ?? refuseForTime(order.expiresAt, platformNow());
  if (late !== undefined) return refuse(late);
  try {
    journal.start(order.id, order.expiresAt);
  } catch (cause) {
    // Without the entry on the disk nothing is done: a full disk stops commands, it does not double them.
    if (!(cause instanceof JournalFault) && !isErrno(cause)) throw cause;
    return ended('failed', { detail: `not begun: ${why(cause)}` });
  }
  return execute(order, { machine, command }, options, ended);
}

type Ended = (state: CommandOutcome['state'], more?: Partial<CommandOutcome>) => CommandOutcome;

async function execute(
  order: OrderedCommand,
  { machine, command }: NonNullable<ReturnType<typeof findCommand>>,
  options: CommandsOptions,
  ended: Ended,
): Promise<CommandOutcome> {
  const { target } = options;
  const { address, type, wordOrder, connection } = command;
  const tag: TagAddress = {
    address,
    ...(type === undefined ? {} : { type }),
    ...(wordOrder === undefined ? {} : { wordOrder }),
  };
  let answer: TagValue = null;
  try {
    const raw = rawOf(command, order.value);
    const act =
      command.kind === 'call' || raw === null
        ? target.call(connection, address, order.value)
        : target.write(connection, tag, raw).then(() => null);
    answer = await within(act, MACHINE_ANSWER_MS_MAX);
  } catch (cause) {
    if (cause instanceof NoAnswer) return ended('unknown', { detail: cause.message });
    // Failed means that the machine did not do it; without its answer only a person who looks knows.
    if (cause instanceof DriverFault)
      return ended(cause.unanswered ? 'unknown' : 'failed', { detail: cause.message });
    return ended('unknown', { detail: `the driver ended while it wrote: ${why(cause)}` });
  }
  if (command.readBack === undefined) return ended('executed', { readBack: answer });
  const { tag: name, withinMs } = command.readBack;
  const shown = await readBack(target, machine, name, order.value, withinMs);
  if (order.value === null || same(shown, order.value)) return ended('executed', { readBack: shown });
  const detail = `it was written and confirmed, but ${name} shows ${JSON.stringify(shown)} after ${withinMs} ms`;
  return ended('failed', { detail, readBack: shown });
}

async function readBack(
  target: CommandTarget,
  machine: EdgeMachine,
  name: string,
  wanted: TagValue,
  withinMs: number,
): Promise<TagValue> {
  const until = performance.now() + withinMs;
  let shown: TagValue = null;
  do {
    const left = Math.max(until - performance.now(), 1);
    try {
      const tag = (await within(target.readNow(machine, [name]), left)).get(name);
      shown = tag?.quality === 'good' ? tag.value : null;
    } catch (cause) {
      // The connection may go with the very write (a restart is a command, too): the last look counts.
      if (!(cause instanceof NoAnswer) && !(cause instanceof DriverFault)) throw cause;
      shown = null;
    }
    if (wanted === null || same(shown, wanted)) return shown;
    await pause(Math.min(READ_BACK_PAUSE_MS, Math.max(until - performance.now(), 0)));
  } while (performance.now() < until);
  return shown;
}

/** Scaled values come back with the error of binary fractions; a 32-bit float keeps about seven digits. */
const RELATIVE_ERROR_MAX = 1e-6;
function same(shown: TagValue, wanted: TagValue): boolean {
  if (typeof shown === 'number' && typeof wanted === 'number') {
    return Math.abs(shown - wanted) <= RELATIVE_ERROR_MAX * Math.max(Math.abs(shown), Math.abs(wanted));
  }
  if (typeof shown === 'boolean' && typeof wanted === 'number') return Number(shown) === wanted;
  if (typeof shown === 'number' && typeof wanted === 'boolean') return shown === Number(wanted);
  return shown === wanted;
}

class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

async function within<T>(act: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const message = `the machine did not answer within ${Math.round(ms)} ms; look at it`;
  const timer = setTimeout(() => reject(new NoAnswer(message)), ms);
  try {
    return await Promise.race([act, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const why = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
const isErrno = (cause: unknown): boolean => cause instanceof Error && 'code' in cause;
