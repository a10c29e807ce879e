import { type Dialect, isNoAnswer, type Link } from '../../poll/index.ts';
import { connectionRequest, dataPacket, Framing } from './frame.ts';
import { type Answer, answerTo, negotiatedPdu, negotiateRequest } from './message.ts';

/** What the PLC said of a request: done as far as its items tell, or refused as a whole. */
export type PlcAnswer = Exclude<Answer, { readonly fault: string }>;
/** Makes the message, given the number that its answer will carry. */
export type Question = { readonly message: (reference: number) => Buffer } | 'connect';
/** The line to one PLC. */
export type S7Link = Link<Question, PlcAnswer>;

const NOTHING = Buffer.alloc(0);

/** ISO-on-TCP with a connection to rack and slot, then S7 messages. */
export class S7Dialect implements Dialect<Question, PlcAnswer> {
  readonly renewsAfterSilence = false;
  readonly quietMs = 0;
  readonly #rack: number;
  readonly #slot: number;
  #framing = new Framing();
  #reference = 0;
  #pdu = 0;

  constructor(rack: number, slot: number) {
    this.#rack = rack;
    this.#slot = slot;
  }

  /** Longest message that both sides can; known once connected. */
  get pdu(): number {
    return this.#pdu;
  }

  frame(question: Question): Buffer {
    if (question === 'connect') return connectionRequest(this.#rack, this.#slot);
    this.#reference = (this.#reference + 1) & 0xff_ff;
    return dataPacket(question.message(this.#reference));
  }

  /** Answers to earlier questions are passed over. */
  take(bytes: Buffer, question: Question | undefined): PlcAnswer | { readonly fault: string } | undefined {
    this.#framing.push(bytes);
    for (let received = this.#framing.next(); received; received = this.#framing.next()) {
      if ('fault' in received) return received;
      if (received.kind === 'refused')
        return { fault: `the PLC refuses a connection to rack ${this.#rack} slot ${this.#slot}` };
      if (received.kind === 'connected') {
        if (question !== 'connect') return { fault: 'the PLC confirms a connection that is there already' };
        return { parameters: NOTHING, data: NOTHING };
      }
      if (question === 'connect') return { fault: 'the PLC answers before it is connected' };
      const answer = answerTo(this.#reference, received.message);
      if (question && answer) return answer;
    }
    return undefined;
  }

  get isMidway(): boolean {
    return this.#framing.isMidway;
  }

  reset(): void {
    this.#framing = new Framing();
  }

  async greet(ask: (question: Question) => ReturnType<S7Link['ask']>): Promise<string | undefined> {
    const connected = await ask('connect');
    if (isNoAnswer(connected)) return connected.failed;
    const answer = await ask({ message: negotiateRequest });
    if (isNoAnswer(answer)) return answer.failed;
    if ('refused' in answer) return answer.refused;
    const pdu = negotiatedPdu(answer);
    if (typeof pdu === 'string') return pdu;
    this.#pdu = pdu;
    return undefined;
  }
}
