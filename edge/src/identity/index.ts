/** Who the agent is at its platform, and what only this box may know. */
export { callPlatform, type PlatformAnswer, PlatformUnreachable } from './call-platform.ts';
export {
  makeDataFolder,
  makePrivate,
  NoDataFolder,
  readSmallFile,
  replaceFile,
  syncFolder,
  tidyDataFolder,
} from './data-folder.ts';
export {
  enrol,
  type Identity,
  isEnrolledWith,
  loadIdentity,
  NotEnrolled,
} from './identity.ts';
