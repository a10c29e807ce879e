/** Which configuration runs: checked, kept, and the last good one never given up for a wrong one. */
export type { ConfigWords } from './check-config.ts';
export { checkConfigText } from './check-text.ts';
export { type ConfigKeeper, keptBuffer, openConfigKeeper } from './config-keeper.ts';
