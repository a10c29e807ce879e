import type { Scope } from '../kernel/index.ts';

/** Whose rows alone a scope sees, for queries that say it too: the planner looks through no policy for an index. */
export const ownOf = (scope: Scope): string | undefined =>
  scope.kind === 'organisation' ? scope.organisationId : undefined;
