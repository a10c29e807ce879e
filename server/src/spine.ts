/**
 * The one ordered list: imports point upstream (towards the start), news travels downstream as events.
 * `main.ts`, `ARCHITECTURE.md` and `test/architecture.test.ts` read it.
 */
export const SPINE = [
  'kernel',
  'access',
  'registry',
  'gateway',
  'ingest',
  'state',
  'capacity',
  'orders',
  'matching',
  'execution',
  'shipping',
  'insight',
] as const;
