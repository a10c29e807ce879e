/** A broker echoes within milliseconds; after that the same bytes are somebody else's. */
const ECHO_MS = 5_000;
/** Writes are made by people and rules, not in floods. */
const MAX_EXPECTED = 64;

interface Expected {
  readonly topic: string;
  readonly payload: Buffer;
  readonly until: number;
}

/** MQTT 3.1.1 knows no "no local": what the agent writes to a topic it listens to comes back as if a machine had said it. */
export class OwnEchoes {
  readonly #isNeeded: boolean;
  readonly #now: () => number;
  #expected: readonly Expected[] = [];

  constructor(isNeeded: boolean, now: () => number) {
    this.#isNeeded = isNeeded;
    this.#now = now;
  }

  expect(topic: string, payload: string | Buffer): void {
    if (!this.#isNeeded) return;
    const own = { topic, payload: Buffer.from(payload), until: this.#now() + ECHO_MS };
    this.#expected = [...this.#expected.slice(1 - MAX_EXPECTED), own];
  }

  /** Once for each message expected. */
  isOwn(message: { readonly topic: string; readonly payload: Buffer }): boolean {
    if (this.#expected.length === 0) return false;
    const now = this.#now();
    const waiting = this.#expected.filter(({ until }) => until >= now);
    const own = waiting.findIndex(
      ({ topic, payload }) => topic === message.topic && payload.equals(message.payload),
    );
    this.#expected = waiting.filter((_expected, index) => index !== own);
    return own >= 0;
  }
}
