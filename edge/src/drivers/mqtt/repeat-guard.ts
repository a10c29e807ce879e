import { createHash } from 'node:crypto';
import { REMEMBERED_MAX } from './session-file.ts';

interface Arrival {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retained: boolean;
  /** DUP flag: the broker may have sent it before. [MQTT-3.3.1-1] */
  readonly repeated: boolean;
  /** 0 with QoS 0. */
  readonly packetId: number;
}

/**
 * Tells messages that were handed on already, so that a pulse delivered twice is one pulse.
 * Two ways lead to a repeat: the broker did not see our PUBACK and sends again with DUP and the same packet id after a reconnect;
 * or the publisher did not see the broker's and publishes again, which nothing marks: then the same bytes with the same
 * millisecond of the source in them are the same message.
 */
export class RepeatGuard {
  readonly #recent: (readonly [string, number])[];
  /** How often a digest lies in `#recent`: the same bytes may come again and again, as a bare `true` does. */
  readonly #digests = new Map<string, number>();
  /** Packet ids whose PUBACK the broker may not have seen when the last connection ended. */
  readonly #open = new Map<number, string>();

  constructor(handled: readonly (readonly [string, number])[]) {
    this.#recent = [...handled];
    for (const [digest, packetId] of handled) {
      this.#digests.set(digest, (this.#digests.get(digest) ?? 0) + 1);
      if (packetId > 0) this.#open.set(packetId, digest);
    }
  }

  /** `exactTime` = the payload names an instant finer than a second. Remembers the message. */
  isRepeat(arrival: Arrival, exactTime: boolean): boolean {
    const digest = createHash('sha1')
      .update(arrival.topic)
      .update('\0')
      .update(arrival.payload)
      .digest('base64url');
    const before = this.#open.get(arrival.packetId);
    // The id is free for another message from now on. [MQTT-4.3.2-5]
    this.#open.delete(arrival.packetId);
    const again = arrival.repeated && before === digest;
    // What is retained is sent anew at each subscription, and is wanted then.
    const same = exactTime && !arrival.retained && this.#digests.has(digest);
    this.#remember(digest, arrival.packetId);
    return again || same;
  }

  remembered(): readonly (readonly [string, number])[] {
    return this.#recent;
  }

  #remember(digest: string, packetId: number): void {
    this.#recent.push([digest, packetId]);
    this.#digests.set(digest, (this.#digests.get(digest) ?? 0) + 1);
    if (this.#recent.length <= REMEMBERED_MAX) return;
    const oldest = this.#recent.shift()?.[0] ?? '';
    const left = (this.#digests.get(oldest) ?? 1) - 1;
    if (left === 0) this.#digests.delete(oldest);
    else this.#digests.set(oldest, left);
  }
}
