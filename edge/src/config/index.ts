/** Which configuration runs: checked, kept, and the last good one never given up for a wrong one. */
export type { ConfigWords } from './check-config.ts';
export { checkConfigText } from './check-text.ts';
export {
  type ConfigKeeper,
  type ConfigKeeperOptions,
  keptBuffer,
  openConfigKeeper,
  type RunningConfig,
} from './config-keeper.ts';
export type { LocatedFault } from './yaml-file.ts';
