/** Machines pad texts with NUL, and cut characters in half; jsonb holds neither. Everything else stays as it was said. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '\ufffd').toWellFormed() : part,
  );
}
