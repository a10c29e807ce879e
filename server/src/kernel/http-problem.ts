import type { Problem } from '@millrace/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isPassingFailure } from './database.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';

/** RFC 9457. */
export function refusalAnswer(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const problem: Problem = {
    type: `urn:millrace:refusal:${refusal.code}`,
    title: refusal.code.replaceAll('-', ' '),
    status: refusal.status,
    detail: refusal.detail,
    code: refusal.code,
    ...(refusal.fields ? { fields: [...refusal.fields] } : {}),
    ...(refusal.values ? { values: { ...refusal.values } } : {}),
  };
  // Already the final text: the route's response schemas are about success.
  return reply.code(refusal.status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}

/** What every handler ends with: the view, or the refusal as problem document. */
export function answer<T>(reply: FastifyReply, result: T | Refusal, status = 200): FastifyReply {
  return isRefusal(result) ? refusalAnswer(reply, result) : reply.code(status).send(result);
}

/** A database that restarts is back within seconds, and so is a busy machine. */
const RETRY_AFTER_S = 5;

/** The one place where errors become HTTP. */
export function mapError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = known(error);
  if (refusal?.status === 503) reply.header('retry-after', RETRY_AFTER_S);
  if (refusal) return refusalAnswer(reply, refusal);
  request.log.error({ err: error, method: request.method, url: request.url }, 'request failed');
  return refusalAnswer(
    reply,
    refuse('fault', 500, 'Something broke on our side. Nothing of this request was stored.', {
      values: { request: request.id },
    }),
  );
}

function known(error: FastifyError): Refusal | undefined {
  if (error.validation) {
    const fields = error.validation.map(({ instancePath, message, params }) => ({
      pointer: `/${error.validationContext ?? 'body'}${instancePath}${missing(params)}`,
      message: message ?? 'is wrong',
    }));
    const first = fields[0];
    const detail = first ? `${first.pointer} ${first.message}.` : 'The request does not fit its schema.';
    return refuse('invalid-request', 400, detail, { fields });
  }
  if (isUnstorable(error)) return BAD_CHARACTERS;
  if (isPassingFailure(error)) return DATABASE_AWAY;
  const status = error.statusCode;
  if (status === undefined || status >= 500) return status === 503 ? OVERLOADED : undefined;
  return refuse(REFUSED_BY_SHELL[error.code] ?? `http-${status}`, status, error.message);
}

/** NUL and half surrogate pairs are valid JSON, but no text of PostgreSQL. [22021, 22P05; 22P02 of jsonb] */
function isUnstorable({ code, message }: FastifyError): boolean {
  return code === '22021' || code === '22P05' || (code === '22P02' && message.includes('type json'));
}

const BAD_CHARACTERS = refuse(
  'bad-characters',
  400,
  'A text of this request holds a character that cannot be stored (NUL or half a surrogate pair).',
);

function missing(params: unknown): string {
  const property = (params as { missingProperty?: unknown } | undefined)?.missingProperty;
  return typeof property === 'string' ? `/${property}` : '';
}

const DATABASE_AWAY = refuse(
  'database-away',
  503,
  'The database cannot be reached at the moment; nothing of this request was stored. Try again in a few seconds.',
);

const OVERLOADED = refuse(
  'overloaded',
  503,
  'The platform has more work than it can take; try again in a few seconds.',
);

/** Codes of the HTTP shell in our words. */
const REFUSED_BY_SHELL: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'wrong-content-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'empty-body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'wrong-content-length',
};
