import { hostname } from 'node:os';
import { join } from 'node:path';
import { EnrolmentAnswer, Problem } from '@millrace/contract';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { attemptKey, forgetAttempt, hashOfCode, plainCode } from './attempt-key.ts';
import { callPlatform } from './call-platform.ts';
import { makePrivate, readSmallFile, replaceFile } from './data-folder.ts';

const FILE = 'identity.json';
const FILE_BYTES_MAX = 16_384;
/** A person waits at the box. */
const ENROLMENT_TIMEOUT_MS = 15_000;

const IdentityFile = Type.Object({
  v: Type.Literal(1),
  server: Type.String(),
  gatewayId: Type.String(),
  gatewayCode: Type.String(),
  token: Type.String({ minLength: 1 }),
  /** SHA-256 of the code it was enrolled with: the same command line at the next start must not enrol again. */
  codeHash: Type.String(),
});
type IdentityFile = Static<typeof IdentityFile>;

/** Who this agent is at its platform. */
export interface Identity {
  readonly server: string;
  readonly gatewayId: string;
  readonly gatewayCode: string;
  /** The newest token that is on the disk. */
  token(): string;
  /** Stores a new token; only then is it used. */
  rotate(token: string): void;
  /** Stores another address of the same platform. */
  moveTo(server: string): void;
}

/** A person must do something before the agent can go on; the message says what. */
export class NotEnrolled extends Error {
  override readonly name = 'NotEnrolled';
}

/** The identity of an earlier enrolment, or undefined. A file that others could read is closed to them, and `warn` is told. */
export async function loadIdentity(
  folder: string,
  warn: (message: string) => void,
): Promise<Identity | undefined> {
  const path = join(folder, FILE);
  const stored = await readStored(path);
  if (stored === undefined) return undefined;
  if (makePrivate(path)) warn(`${path} could be read by others on this box; now only by its owner`);
  return identityOf(path, stored);
}

/** Was the stored identity made with this very code? A damaged one was not. */
export async function isEnrolledWith(folder: string, code: string): Promise<boolean> {
  try {
    return (await readStored(join(folder, FILE)))?.codeHash === hashOfCode(code);
  } catch (cause) {
    if (cause instanceof NotEnrolled) return false;
    throw cause;
  }
}

export interface Enrolment {
  readonly folder: string;
  readonly server: string;
  /** As the console shows it. */
  readonly code: string;
  readonly agentVersion: string;
}

/** Trades the one-time code for a token and stores it; tried again with the same code it goes on. Rejects with `NotEnrolled` or `PlatformUnreachable`. */
export async function enrol({ folder, server, code, agentVersion }: Enrolment): Promise<Identity> {
  const { status, body } = await callPlatform({
    server,
    path: '/edge/enrolment',
    body: {
      code: plainCode(code),
      agentVersion,
      hostName: hostname().slice(0, 253),
      attemptKey: await attemptKey(folder, code),
    },
    timeoutMs: ENROLMENT_TIMEOUT_MS,
  });
  if (status < 200 || status > 299) throw new NotEnrolled(refusalOf(status, body));
  if (!Compile(EnrolmentAnswer).Check(body)) {
    throw new NotEnrolled(`${server} answers, but not as a Millrace platform; check the address`);
  }
  const stored: IdentityFile = {
    v: 1,
    server,
    gatewayId: body.gatewayId,
    gatewayCode: body.gatewayCode,
    token: body.token,
    codeHash: hashOfCode(code),
  };
  const path = join(folder, FILE);
  replaceFile(path, JSON.stringify(stored));
  forgetAttempt(folder);
  return identityOf(path, stored);
}

function identityOf(path: string, stored: IdentityFile): Identity {
  let current = stored;
  const change = (more: Partial<IdentityFile>): void => {
    const next = { ...current, ...more };
    replaceFile(path, JSON.stringify(next));
    current = next;
  };
  return {
    get server() {
      return current.server;
    },
    gatewayId: stored.gatewayId,
    gatewayCode: stored.gatewayCode,
    token: () => current.token,
    rotate: (token) => change({ token }),
    moveTo: (server) => change({ server }),
  };
}

async function readStored(path: string): Promise<IdentityFile | undefined> {
  const text = await readSmallFile(path, FILE_BYTES_MAX);
  if (text === undefined) return undefined;
  try {
    const stored: unknown = JSON.parse(text);
    if (Compile(IdentityFile).Check(stored)) return stored;
  } catch (cause) {
    throw new NotEnrolled(`${path} is damaged; enrol again with a new code`, { cause });
  }
  throw new NotEnrolled(`${path} is damaged; enrol again with a new code`);
}

function refusalOf(status: number, body: unknown): string {
  const words = Compile(Problem).Check(body) ? body.detail || body.title : `status ${status}`;
  return `the platform did not take the code: ${words}. A code works once and for half an hour; ask for a new one on the gateway's page`;
}
