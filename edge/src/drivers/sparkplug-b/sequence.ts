/** Sequence numbers go from 0 to 255 and begin again. [tck-id-payloads-sequence-num-incrementing] */
const SEQ_MODULUS = 256;
/** Encoders made of a proto3 schema leave zeros out. */
const ABSENT_SEQ = 0;

/** What a message of an edge node is known by. */
export interface Numbered {
  readonly payload: { readonly seq?: number };
  /** Of the bytes, to know a repeat. */
  readonly digest: string;
}

/** The numbers that an edge node gives its messages between two births. */
export class Sequence {
  #last = ABSENT_SEQ;
  /** A node that never sends a number does not number, against the specification; its gaps cannot be seen. */
  #isNumbered = false;
  #digest = '';

  /** A birth of the node begins anew, with whatever number. */
  begin({ payload, digest }: Numbered): void {
    this.#isNumbered = payload.seq !== undefined;
    this.#last = payload.seq ?? ABSENT_SEQ;
    this.#digest = digest;
  }

  /** The broker or the node sent it twice; the same number again with other content is a gap of 255. */
  isRepeat({ payload, digest }: Numbered): boolean {
    if (!this.#isNumbered || digest !== this.#digest) return false;
    return (payload.seq ?? ABSENT_SEQ) === this.#last;
  }

  /** Takes the next message; gives the number that should have come before it. */
  missedBy({ payload, digest }: Numbered): number | undefined {
    this.#isNumbered ||= payload.seq !== undefined;
    const seq = payload.seq ?? ABSENT_SEQ;
    const expected = (this.#last + 1) % SEQ_MODULUS;
    this.#last = this.#isNumbered ? seq : this.#last;
    this.#digest = digest;
    return !this.#isNumbered || seq === expected ? undefined : expected;
  }
}
