import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { systemCode } from './disk.ts';

/** Who holds the lock of a folder answers on it: one question, one answer, each a line of JSON. Only the folder's owner gets there. */
export type AnswerOwner = (question: unknown) => Promise<unknown>;

/** A selection and its braces. */
const QUESTION_BYTES_MAX = 4_096;
/** Whoever connects and says nothing only wants to know whether somebody is there. */
const QUESTION_MS = 5_000;
/** Longer than the disk is waited for, and than what is put aside before it is looked through. */
const ANSWER_MS = 30_000;
const ANSWER_BYTES_MAX = 65_536;

/** The owner did not answer in time, or in another form. */
export class NoOwnerAnswer extends Error {
  override readonly name = 'NoOwnerAnswer';
}

export function serveOwnerLine(socket: Socket, answer: AnswerOwner): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(QUESTION_MS, () => socket.destroy());
  // Who asked may be gone before the answer: there is nobody to tell that to.
  socket.on('error', () => socket.destroy());
  const take = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 && text.length > QUESTION_BYTES_MAX) socket.destroy();
    if (end < 0) return;
    socket.off('data', take);
    socket.setTimeout(0);
    void answerLine(text.slice(0, end), answer).then((line) => socket.end(`${line}\n`));
  };
  socket.on('data', take);
}

async function answerLine(line: string, answer: AnswerOwner): Promise<string> {
  try {
    return JSON.stringify(await answer(JSON.parse(line)));
  } catch (cause) {
    return JSON.stringify({ error: cause instanceof Error ? cause.message : String(cause) });
  }
}

/** What the owner answers; undefined when there is none. Rejects with `NoOwnerAnswer`. */
export async function askOwnerAt(path: string, question: unknown): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.once('connect', () => socket.write(`${JSON.stringify(question)}\n`));
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > ANSWER_BYTES_MAX) socket.destroy();
  });
  socket.once('error', (cause) => {
    const code = systemCode(cause);
    // No file, or one that a killed owner left.
    if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined);
    else reject(new NoOwnerAnswer(cause.message, { cause }));
  });
  socket.once('close', () => resolve(text));
  try {
    const line = await promise;
    return line === undefined ? undefined : JSON.parse(line);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new NoOwnerAnswer('the agent that runs on this folder gave no answer; is it just ending?', {
      cause,
    });
  } finally {
    socket.destroy();
  }
}
