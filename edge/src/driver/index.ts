/** What every protocol implements, the agent's own and those that packages bring; who runs them is `host`. */
export {
  type Driver,
  type DriverContext,
  DriverFault,
  type DriverKind,
  type Sample,
  type TagAddress,
} from './driver.ts';
export { within } from './within.ts';
