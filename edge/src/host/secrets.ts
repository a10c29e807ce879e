/** Settings are small; this bounds what a hostile nesting costs. */
const DEPTH_MAX = 6;

/** The entries of `all` that the settings name: a driver, of a package perhaps, learns no other machine's password. */
export function secretsNamed(
  settings: unknown,
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  const look = (value: unknown, depth: number): void => {
    if (typeof value === 'string' && Object.hasOwn(all, value)) named[value] = all[value] as string;
    if (typeof value !== 'object' || value === null || depth >= DEPTH_MAX) return;
    for (const inner of Object.values(value)) look(inner, depth + 1);
  };
  look(settings, 0);
  return named;
}
