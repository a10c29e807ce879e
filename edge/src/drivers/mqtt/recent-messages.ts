import type { FormMessage } from './form.ts';

/** What a person can look through; the rest of a huge broker is found by typing the address. */
const MAX_MESSAGES = 2_000;
/** Together with the driver's worker well inside a small gateway's memory. */
const MAX_BYTES = 8_388_608;
/** Of a topic that carries different things in turn. */
const PER_TOPIC = 64;

/** The last messages of each topic, for browsing and for reading once. */
export class RecentMessages {
  readonly #perTopic: number;
  readonly #topics = new Map<string, FormMessage[]>();
  #messages = 0;
  #bytes = 0;

  constructor(manyPerTopic: boolean) {
    this.#perTopic = manyPerTopic ? PER_TOPIC : 1;
  }

  add(message: FormMessage): void {
    const list = this.#topics.get(message.topic) ?? [];
    this.#topics.delete(message.topic);
    this.#topics.set(message.topic, list);
    list.push(message);
    this.#messages++;
    this.#bytes += message.payload.length;
    if (list.length > this.#perTopic) this.#drop(list.shift());
    while (this.#messages > MAX_MESSAGES || this.#bytes > MAX_BYTES) {
      const oldest = this.#topics.entries().next();
      if (oldest.done) return;
      const [topic, messages] = oldest.value;
      this.#drop(messages.shift());
      if (messages.length === 0) this.#topics.delete(topic);
    }
  }

  isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  /** Those of one topic in the order they came, the topic heard last at the end. */
  *all(): Generator<FormMessage> {
    for (const messages of this.#topics.values()) yield* messages;
  }

  #drop(message: FormMessage | undefined): void {
    if (!message) return;
    this.#messages--;
    this.#bytes -= message.payload.length;
  }
}
