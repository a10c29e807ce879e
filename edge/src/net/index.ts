/** The network as drivers need it: what went wrong in words, pauses, lines of a byte stream, bounded HTTP. */
export { boundedBody } from './bounded-body.ts';
export { onClosedWithoutAnswer } from './closed-without-answer.ts';
export { faultWords } from './fault-words.ts';
export { FirstArrival } from './first-arrival.ts';
export { LineReader } from './line-reader.ts';
export { rest } from './rest.ts';
export { WebClient } from './web-client.ts';
