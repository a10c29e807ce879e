/** Uploads of other collectors in the factory. */
export { type Intake, type IntakeOptions, openIntake } from './intake.ts';
