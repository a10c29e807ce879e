/** Two hosts with the same id would answer each other's farewells for ever. */
const REPEAT_PAUSE_MS = 1_000;

/** STATE of a host application: topic and payloads. [Sparkplug 3.0 ch. 6, STATE; tck-id-host-topic-phid-*] */
export class HostState {
  readonly topic: string;
  /** Birth and will carry the same instant, so that a will of an older session can be told. */
  readonly #startedAt: number;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(hostId: string, startedAt: number) {
    this.topic = `spBv1.0/STATE/${hostId}`;
    this.#startedAt = startedAt;
  }

  will(): { readonly topic: string; readonly payload: string } {
    return { topic: this.topic, payload: payload(false, this.#startedAt) };
  }

  birth(now: number): string {
    this.#saidAt = now;
    return payload(true, this.#startedAt);
  }

  /** The instant of a farewell is that of the farewell. [tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean] */
  death(now: number): string {
    return payload(false, now);
  }

  /** An older session of this host was declared dead late: nodes must hear that it lives. */
  contradicts(said: Buffer, now: number): boolean {
    if (now - this.#saidAt < REPEAT_PAUSE_MS) return false;
    return /"online"\s*:\s*false/.test(said.toString('utf8'));
  }
}

function payload(online: boolean, timestamp: number): string {
  return JSON.stringify({ online, timestamp });
}
