/** The system's short code of a failure (`EACCES`, `ENOSPC` …), or the best word available. */
export function errorCode(cause: unknown): string {
  if (cause instanceof Error) {
    const code = (cause as NodeJS.ErrnoException).code;
    return code ?? cause.message;
  }
  return String(cause);
}
