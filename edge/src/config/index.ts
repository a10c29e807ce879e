/** Which configuration runs: checked, kept, and the last good one never given up for a wrong one. */
export { type CheckedConfig, type ConfigWords, checkConfig } from './check-config.ts';
export {
  type ConfigKeeper,
  type ConfigKeeperOptions,
  openConfigKeeper,
  type RunningConfig,
} from './config-keeper.ts';
export { type LocatedFault, parseYaml } from './yaml-file.ts';
