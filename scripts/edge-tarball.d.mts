/** Packs the agent with all it needs into `out`; resolves to the path of the tarball. */
export function makeTarball(out: string): Promise<string>;
/** Resolves to the exit code and what npm printed. */
export function npm(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly output: string }>;
