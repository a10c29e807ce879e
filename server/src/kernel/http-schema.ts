import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify/types/schema.js';
import { Fault } from './refusal.ts';

// Query strings and path parameters are text and must be converted; bodies say what they mean and are not bent.
const lenient = addFormats.default(
  new Ajv({ coerceTypes: 'array', useDefaults: true, allErrors: false, strict: false }),
);
const exact = addFormats.default(new Ajv({ useDefaults: true, allErrors: false, strict: false }));

export const validatorFor: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? exact : lenient).compile(schema);

/** Responses are checked as well as requests: what the API promises is what it sends. */
export const serializerFor: FastifySerializerCompiler<object> = ({ schema, method, url }) => {
  const validate: ValidateFunction = exact.compile(schema);
  return (data: unknown) => {
    if (!validate(data)) {
      const first = validate.errors?.[0];
      throw new Fault(
        `${method} ${url} answered against its schema: ${first?.instancePath} ${first?.message}`,
      );
    }
    return JSON.stringify(data);
  };
};
