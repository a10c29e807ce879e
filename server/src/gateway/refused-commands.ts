import type { TagValue } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf } from '../access/index.ts';
import type { Kernel, Refusal } from '../kernel/index.ts';

/** Entries of one asker in an hour; more than a person can cause by trying, few enough that a loop writes no audit full. */
const ENTRIES_MAX = 20;
const WINDOW_MS = 3_600_000;
/** Askers remembered; people and programs of a network are far fewer. */
const ASKERS_MAX = 10_000;
/** A text that was to be written to a machine, as the audit quotes it. */
const VALUE_CHARS = 200;

/** What was asked, and of what. */
export interface RefusedCommand {
  /** `machine/<id>` or `machine-command/<id>`. */
  readonly subject: string;
  readonly step: 'request' | 'approve' | 'withdraw';
  readonly machine: string;
  readonly command: string;
  readonly value: TagValue;
  readonly reason?: string;
}

interface Tally {
  readonly actor: Actor;
  readonly endsAt: number;
  /** Refusals that stand in the audit. */
  readonly written: Set<string>;
  /** The same ones again, and those beyond the bound, by code. */
  readonly unwritten: Map<string, number>;
}

/** Refusals of what people and programs wanted machines to do: each kind once an hour in the audit, the rest as a number. */
export interface RefusedCommands {
  /** In a transaction of its own: that of a refusal leaves nothing behind. */
  note(actor: Actor, asked: RefusedCommand, refusal: Refusal): Promise<void>;
  /** Writes how many stand in no entry, of the hours that are over or of all. */
  auditUnwritten(which: 'ended' | 'all'): Promise<void>;
}

/** In memory and per process, like the bound on failed sign-ins: a crash forgets the numbers, a second process has its own. */
export function createRefusedCommands({ db, clock }: Pick<Kernel, 'db' | 'clock'>): RefusedCommands {
  const tallies = new Map<string, Tally>();
  const audit = (actor: Actor, fact: Parameters<typeof recordAudit>[2]): Promise<void> =>
    db.transaction(scopeOf(actor), (tx) => recordAudit(tx, actor, fact));
  const close = async (key: string, tally: Tally): Promise<void> => {
    // Whoever takes it out of the map writes it.
    if (tallies.get(key) !== tally) return;
    tallies.delete(key);
    const { actor, unwritten } = tally;
    if (unwritten.size === 0) return;
    const detail = { refusals: Object.fromEntries(unwritten) };
    await audit(actor, { action: 'command.refuse-again', subject: `actor/${actor.id}`, detail });
  };
  const tallyOf = async (actor: Actor): Promise<Tally> => {
    const key = `${actor.networkId} ${actor.id}`;
    const known = tallies.get(key);
    if (known && known.endsAt > clock.wallNow()) return known;
    const fresh: Tally = {
      actor,
      endsAt: clock.wallNow() + WINDOW_MS,
      written: new Set(),
      unwritten: new Map(),
    };
    const [oldest] = tallies;
    if (known) await close(key, known);
    else if (tallies.size >= ASKERS_MAX && oldest) await close(...oldest);
    // Another refusal of the same asker may have come first while the old hour was written.
    const current = tallies.get(key) ?? fresh;
    tallies.set(key, current);
    return current;
  };
  return {
    note: async (actor, { subject, value, ...asked }, { code, values }) => {
      const { written, unwritten } = await tallyOf(actor);
      const kind = `${subject} ${asked.step} ${asked.command} ${code}`;
      if (written.has(kind) || written.size >= ENTRIES_MAX) {
        unwritten.set(code, (unwritten.get(code) ?? 0) + 1);
        return;
      }
      written.add(kind);
      const quoted = typeof value === 'string' ? value.slice(0, VALUE_CHARS) : value;
      const detail = { ...asked, value: quoted, refusal: code, ...(values ? { values } : {}) };
      await audit(actor, { action: 'command.refuse', subject, detail });
    },
    auditUnwritten: async (which) => {
      const now = clock.wallNow();
      for (const [key, tally] of [...tallies]) {
        if (which === 'all' || tally.endsAt <= now) await close(key, tally);
      }
    },
  };
}
