import { EVENT_BYTES } from './keyboard-labels.ts';

const LETTERS: readonly (readonly [number, string])[] = [
  [2, '1234567890-='],
  [16, 'qwertyuiop[]'],
  [30, "asdfghjkl;'`"],
  [43, '\\zxcvbnm,./'],
  [57, ' '],
];
const SHIFTED: Readonly<Record<string, string>> = Object.fromEntries(
  [...'!@#$%^&*()_+{}|:"~<>?'].map((character, index) => [character, `1234567890-=[]\\;'\`,./`[index] ?? '']),
);
const [ENTER, SHIFT, CONTROL] = [28, 42, 29] as const;

/** What the kernel gives of a scanner that types this text: presses and releases with a report after each. */
export function keystrokes(text: string, atMs = 1_700_000_000_000): Buffer {
  return Buffer.concat([...text].flatMap((character) => stroke(character, atMs)));
}

function stroke(character: string, atMs: number): Buffer[] {
  if (character === '\n') return press(ENTER, atMs);
  if (character === '\u001d') return held(CONTROL, press(keyOf(']'), atMs), atMs);
  const plain = SHIFTED[character] ?? character.toLowerCase();
  return plain === character ? press(keyOf(plain), atMs) : held(SHIFT, press(keyOf(plain), atMs), atMs);
}

function keyOf(character: string): number {
  const row = LETTERS.find(([, keys]) => keys.includes(character));
  if (row === undefined) throw new RangeError(`no key types ${character}`);
  return row[0] + row[1].indexOf(character);
}

const held = (key: number, inner: Buffer[], atMs: number): Buffer[] => [
  event(1, key, 1, atMs),
  ...inner,
  event(1, key, 0, atMs),
];
const press = (key: number, atMs: number): Buffer[] => [
  event(4, 4, 0x70000 + key, atMs),
  event(1, key, 1, atMs),
  event(0, 0, 0, atMs),
  event(1, key, 0, atMs),
  event(0, 0, 0, atMs),
];

function event(type: number, code: number, value: number, atMs: number): Buffer {
  const bytes = Buffer.alloc(EVENT_BYTES);
  bytes.writeBigInt64LE(BigInt(Math.floor(atMs / 1_000)), 0);
  bytes.writeBigInt64LE(BigInt(atMs % 1_000) * 1_000n, 8);
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(code, 18);
  bytes.writeInt32LE(value, 20);
  return bytes;
}
