import type { FastifyRequest } from 'fastify';
import { type Database, isRefusal, PLATFORM } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { SESSION_COOKIE } from './authenticate.ts';
import type { Bearer } from './bearer.ts';
import { hashToken } from './secret-token.ts';
import { standingSessions } from './store-session.ts';

/** How often the rights behind open answers are looked at: one query for all sessions, tokens from memory. */
export const OPEN_ANSWERS_LOOK_MS = 2_000;

/** An answer that stays open, and as whom it was asked for. */
interface OpenAnswer {
  readonly actor: Actor;
  /** What the request proved itself with. */
  readonly proof: { readonly session: string } | { readonly token: string };
  readonly end: () => void;
}

export interface OpenAnswers {
  watch(request: FastifyRequest, end: () => void): () => void;
  /** Ends the answers of those who would not be let in any more, or only as somebody else. */
  look(): Promise<void>;
}

export function createOpenAnswers(db: Database, bearer: Bearer, wallNow: () => number): OpenAnswers {
  const open = new Set<OpenAnswer>();
  return {
    watch: (request, end) => {
      const answer = { actor: request.actor, proof: proofOf(request), end };
      open.add(answer);
      return () => void open.delete(answer);
    },
    look: async () => {
      const over = [...(await overSessions(db, open, wallNow())), ...(await overTokens(bearer, open))];
      for (const answer of over) if (open.delete(answer)) answer.end();
    },
  };
}

/** The request has been admitted with it, by the same order of preference. */
function proofOf({ headers, cookies }: FastifyRequest): OpenAnswer['proof'] {
  const { authorization } = headers;
  return authorization === undefined
    ? { session: hashToken(cookies[SESSION_COOKIE] ?? '').toString('hex') }
    : { token: authorization.replace(/^Bearer +/i, '') };
}

async function overSessions(
  db: Database,
  open: Iterable<OpenAnswer>,
  wallNow: number,
): Promise<OpenAnswer[]> {
  const answers: OpenAnswer[] = [];
  const asked: Parameters<typeof standingSessions>[1][number][] = [];
  for (const answer of open) {
    const { proof, actor } = answer;
    if (!('session' in proof)) continue;
    answers.push(answer);
    asked.push({ token: proof.session, organisationId: actor.organisationId, role: actor.role });
  }
  if (answers.length === 0) return [];
  const standing = new Set(await db.transaction(PLATFORM, (tx) => standingSessions(tx, asked, wallNow)));
  return answers.filter((_, index) => !standing.has(index));
}

async function overTokens(bearer: Bearer, open: Iterable<OpenAnswer>): Promise<OpenAnswer[]> {
  const known = new Map<string, Actor | null>();
  const over: OpenAnswer[] = [];
  for (const answer of [...open]) {
    const { proof, actor } = answer;
    if (!('token' in proof)) continue;
    let now = known.get(proof.token);
    if (now === undefined) {
      // It was a token of ours a moment ago: nobody guesses here.
      const found = await bearer.authenticate(proof.token, () => undefined);
      now = found === null || isRefusal(found) ? null : found;
      known.set(proof.token, now);
    }
    if (now === null || !isSame(now, actor)) over.push(answer);
  }
  return over;
}

const isSame = (a: Actor, b: Actor): boolean =>
  a.id === b.id && a.organisationId === b.organisationId && a.scopes.join() === b.scopes.join();
