/** What the adapter's and the agent's protocol of MTConnect have in common: times, values, conditions. */
export { ActiveConditions, type Condition, conditionLevel } from './condition.ts';
export { type MtconnectEntry, parseTime, takeObservation } from './observation.ts';
