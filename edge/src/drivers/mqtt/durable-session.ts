import type { BrokerMessage } from './broker-link.ts';
import { RepeatGuard } from './repeat-guard.ts';
import type { SessionFile } from './session-file.ts';
import { checkFilter } from './topic-filter.ts';

/** The session that a broker keeps while the agent is away, and what the agent remembers of it. */
export class DurableSession {
  readonly clientId: string;
  /** Filters of earlier settings that the broker may still hold. */
  readonly outdated: readonly string[];
  readonly #file: SessionFile;
  readonly #topics: readonly string[];
  readonly #repeats: RepeatGuard;
  #isBegun = false;

  /** @param topics the filters wanted now. */
  constructor(file: SessionFile, clientId: string, topics: readonly string[]) {
    const state = file.read();
    // What is known of another client's session says nothing of this one.
    const { filters, handled } = state.clientId === clientId ? state : { filters: [], handled: [] };
    this.clientId = clientId;
    this.outdated = filters.filter((filter) => !topics.includes(filter) && !checkFilter(filter));
    this.#file = file;
    this.#topics = topics;
    this.#repeats = new RepeatGuard(handled);
  }

  /** The broker has it open: from now on it may hold the filters of before and those of now. */
  begin(): void {
    this.#isBegun = true;
    this.#write([...this.outdated, ...this.#topics]);
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
