/** Two hosts with the same id would answer each other's farewells for ever. */
const REPEAT_PAUSE_MS = 1_000;

/** STATE of a host application: topic and payloads. [Sparkplug 3.0 ch. 6, STATE; tck-id-host-topic-phid-*] */
export class HostState {
  readonly topic: string;
  /** Birth and will carry the same instant, so that a will of an older session can be told. */
  readonly #startedAt: number;
  #saidAt = Number.NEGATIVE_INFINITY;
  #isContradicted = false;

  constructor(hostId: string, startedAt: number) {
    this.topic = `spBv1.0/STATE/${hostId}`;
    this.#startedAt = startedAt;
  }

  will(): { readonly topic: string; readonly payload: string } {
    return { topic: this.topic, payload: payload(false, this.#startedAt) };
  }

  birth(now: number): string {
    this.#saidAt = now;
    this.#isContradicted = false;
    return payload(true, this.#startedAt);
  }

  /** The instant of a farewell is that of the farewell. [tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean] */
  death(now: number): string {
    return payload(false, now);
  }

  /** An older session of this host was declared dead late, or another host has taken its name. */
  hear(said: Buffer): void {
    if (/"online"\s*:\s*false/.test(said.toString('utf8'))) this.#isContradicted = true;
  }

  /** Nodes must hear again that it lives. [tck-id-operational-behavior-host-application-*] */
  owesBirth(now: number): boolean {
    return this.#isContradicted && now - this.#saidAt >= REPEAT_PAUSE_MS;
  }
}

function payload(online: boolean, timestamp: number): string {
  return JSON.stringify({ online, timestamp });
}
