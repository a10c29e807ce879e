import type { BrokerMessage } from './broker-link.ts';
import { RepeatGuard } from './repeat-guard.ts';
import type { SessionFile } from './session-file.ts';
import { checkFilter } from './topic-filter.ts';

/** What the broker kept comes first, and faster than any machine speaks; after so long it is over. */
const BACKLOG_MS = 60_000;
/** So late a live message may be. */
const LATE_MS = 10_000;

/** The session that a broker keeps while the agent is away, and what the agent remembers of it. */
export class DurableSession {
  readonly clientId: string;
  /** Filters of earlier settings that the broker may still hold. */
  readonly outdated: readonly string[];
  readonly #file: SessionFile;
  readonly #topics: readonly string[];
  readonly #repeats: RepeatGuard;
  readonly #openedAt: number;
  /** The agent was away from a session that it had. */
  readonly #wasAway: boolean;
  #isBegun = false;

  /**
   * @param topics the filters wanted now.
   * @param now before it is opened, epoch ms.
   */
  constructor(file: SessionFile, clientId: string, topics: readonly string[], now: number) {
    const state = file.read();
    // What is known of another client's session says nothing of this one.
    const { filters, handled } = state.clientId === clientId ? state : { filters: [], handled: [] };
    this.clientId = clientId;
    this.outdated = filters.filter((filter) => !topics.includes(filter) && !checkFilter(filter));
    this.#file = file;
    this.#topics = topics;
    this.#openedAt = now;
    this.#wasAway = filters.length > 0;
    this.#repeats = new RepeatGuard(handled);
  }

  /** The broker has it open: from now on it may hold the filters of before and those of now. */
  begin(): void {
    this.#isBegun = true;
    this.#write([...this.outdated, ...this.#topics]);
  }

  /**
   * The broker kept what the source said then, while the agent was away. MQTT does not mark it: it is known by its own time,
   * which is before the session was opened again. A source without times, or with a slow clock, is the machine's to judge.
   */
  wasKept(sourceAt: number | undefined, receivedAt: number): sourceAt is number {
    if (!this.#wasAway || sourceAt === undefined) return false;
    return receivedAt - this.#openedAt < BACKLOG_MS && sourceAt < this.#openedAt - LATE_MS;
  }

  /** `exactTime` = the payload names an instant finer than a second. Remembers the message. */
  isRepeat(message: BrokerMessage, exactTime: boolean): boolean {
    return this.#repeats.isRepeat(message, exactTime);
  }

  /** Gives what to say when it could not be kept: then a repeat after the reconnect may count twice. */
  keep(): string | undefined {
    if (!this.#isBegun) return undefined;
    try {
      this.#write(this.#topics);
      return undefined;
    } catch (fault) {
      return `the session cannot be kept: ${String(fault)}`;
    }
  }

  #write(filters: readonly string[]): void {
    this.#file.write({ clientId: this.clientId, filters, handled: this.#repeats.remembered() });
  }
}
