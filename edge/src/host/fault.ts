import { DriverFault } from '../driver/index.ts';

/** A fault of the far side or of a setting; everything else that is thrown is a bug. By name, because a package may bring a copy of the class. */
export function isFault(cause: unknown): cause is DriverFault {
  return cause instanceof DriverFault || (cause instanceof Error && cause.name === 'DriverFault');
}

/** What was thrown, in words, with its causes as far as they say more. */
export function reasonOf(cause: unknown): string {
  const words: string[] = [];
  for (let at = cause, depth = 0; at !== undefined && depth < 4; depth++) {
    const said = (at instanceof Error ? at.message || at.name : String(at)).replaceAll(/\s+/g, ' ').trim();
    if (!words.some((earlier) => earlier.includes(said))) words.push(said);
    at = at instanceof Error ? at.cause : undefined;
  }
  return words.join(': ').slice(0, 500);
}
