/** What the adapter's and the agent's protocol of MTConnect have in common: times, values, conditions. */
export { ActiveConditions, type Condition, conditionLevel } from './condition.ts';
export { executionState } from './execution.ts';
export {
  type MtconnectEntry,
  observedKey,
  parseTime,
  stateAddress,
  takeObservation,
} from './observation.ts';
