// JSON.parse keeps the last of two equal keys and says nothing [RFC 8259 §4: behaviour is unpredictable]. A device whose
// record says `count` twice is broken, and which of the two is true cannot be known, so such an upload is refused.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * Fast and one-sided: no more colons in the text than keys in the value means that no key is repeated. Colons inside texts
 * make it doubtful, then `findRepeatedKey` decides.
 */
export function countColons(text: Uint8Array): number {
  let colons = 0;
  for (let at = 0; at < text.length; at++) if (text[at] === COLON) colons++;
  return colons;
}

/** An upload is four deep; a deeper value is nothing we would count keys of one by one. */
const DEPTH_MAX = 8;

/** Keys of the whole value; fewer than there are when it is deeper than anything sensible. */
export function countKeys(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object') keys += countKeys(element, depth + 1);
    return keys;
  }
  for (const key in value) {
    keys++;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object') keys += countKeys(inner, depth + 1);
  }
  return keys;
}

/** The first key that an object of the text has twice. The text is known to be valid JSON. */
export function findRepeatedKey(text: Uint8Array): string | undefined {
  const open: (Set<string> | null)[] = [];
  const decoder = new TextDecoder();
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === OPEN_OBJECT) open.push(new Set());
    else if (byte === OPEN_LIST) open.push(null);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) open.pop();
    else if (byte === QUOTE) {
      const end = endOfText(text, at);
      const keys = open.at(-1);
      if (keys && nextIsColon(text, end)) {
        const key = JSON.parse(decoder.decode(text.subarray(at, end))) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Position after the closing quote. */
function endOfText(text: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function nextIsColon(text: Uint8Array, from: number): boolean {
  let at = from;
  while (text[at] === 0x20 || text[at] === 0x0a || text[at] === 0x0d || text[at] === 0x09) at++;
  return text[at] === COLON;
}
