/** What is: live machine state, counts, ISO 22400 time accounting, roll-ups. */

/** Opens the module: hooks and periodic work are declared, nothing runs before the kernel starts. */
export { openState } from './service.ts';
/** What state does for the modules after it. */
export type { State } from './state.ts';
