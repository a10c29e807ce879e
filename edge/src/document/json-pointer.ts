/** RFC 6901 §7 leaves the depth open; no document of a machine is deeper, and an address has 1,024 characters. */
const TOKENS = 64;
const INDEX = /^(?:0|[1-9]\d*)$/;

/** Tokens of a JSON pointer, or undefined when it is none. `#` is the whole document, which `""` cannot say in an address. [RFC 6901 §3, §6] */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '#') return [];
  if (!text.startsWith('/')) return undefined;
  const tokens = text.slice(1).split('/');
  if (tokens.length > TOKENS || tokens.some((token) => /~(?![01])/.test(token))) return undefined;
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the pointer names, or undefined: JSON itself has no undefined. [RFC 6901 §4] */
export function resolvePointer(document: unknown, tokens: readonly string[]): unknown {
  let at: unknown = document;
  for (const token of tokens) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at) ? !INDEX.test(token) : !Object.hasOwn(at, token)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[token];
  }
  return at;
}
