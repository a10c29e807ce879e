/** What this browser remembers between visits. Nothing secret, nothing that the server must know. */
const PREFIX = 'millrace.';

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    // Storage can be switched off by the browser's policy; then nothing is remembered and everything still works.
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // As above: a preference that cannot be kept is not worth a message.
    return;
  }
}
