/** The snapshot contradicts itself; a bug of whoever built it, so it is thrown and not a refusal. */
export class SnapshotFault extends Error {
  readonly code = 'bad-snapshot';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`bad snapshot: ${problems.slice(0, 5).join('; ')}`);
    this.name = 'SnapshotFault';
    this.problems = problems;
  }
}
