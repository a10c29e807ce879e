/** Machines pad texts with NUL, and cut characters in half; PostgreSQL holds neither. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

/** Everything else stays as it was said. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? storableText(part) : part,
  );
}
