import { type Refusal, refuse } from '../kernel/index.ts';
import { countColons, countKeys, findRepeatedKey } from './json-keys.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** JSON.parse with words for what is wrong, repeated keys included. */
export function parseUpload(text: Uint8Array): { readonly value: unknown } | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(text));
  } catch (cause) {
    return refuse('malformed-json', 400, `The body is not JSON in UTF-8: ${(cause as Error).message}`);
  }
  if (countColons(text) > countKeys(value)) {
    const repeated = findRepeatedKey(text);
    if (repeated !== undefined)
      return refuse(
        'repeated-key',
        400,
        `An object of the body has the key ${JSON.stringify(repeated)} twice.`,
        {
          values: { key: repeated },
        },
      );
  }
  return { value };
}
