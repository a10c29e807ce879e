import type { IncomingMessage } from 'node:http';

/** The whole body of an answer; undefined when it is longer than `maxBytes`, and the rest is not read. Rejects when it breaks off. */
export async function boundedBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) {
      answer.destroy();
      return undefined;
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
