/** Uploads of other collectors in the factory. */
export { type Intake, openIntake } from './intake.ts';
