/** Character of a key without and with shift, by the kernel's key code. [linux/input-event-codes.h] */
const ROWS: readonly (readonly [number, string, string])[] = [
  [2, '1234567890-=', '!@#$%^&*()_+'],
  [16, 'qwertyuiop[]', 'QWERTYUIOP{}'],
  [30, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [43, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  [55, '*', '*'],
  [57, ' ', ' '],
  [71, '789-456+1230.', '789-456+1230.'],
  [98, '/', '/'],
];

const KEYS: ReadonlyMap<number, readonly [string, string]> = new Map(
  ROWS.flatMap(([first, plain, shifted]) =>
    [...plain].map((character, index) => [first + index, [character, shifted[index] ?? character]] as const),
  ),
);

/** What a key of a US keyboard types; undefined for keys that type nothing. */
export function characterOf(code: number, shift: boolean, capsLock: boolean): string | undefined {
  const key = KEYS.get(code);
  if (key === undefined) return undefined;
  const [plain, shifted] = key;
  const upper = /[a-z]/.test(plain) ? shift !== capsLock : shift;
  return upper ? shifted : plain;
}
