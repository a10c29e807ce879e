/** What is: live machine state, counts, ISO 22400 time accounting, roll-ups. */
export type {
  EndedAssignment,
  MachineCount,
  NewAssignment,
  NewScrap,
  SiteState,
  State,
  StateSummary,
} from './state.ts';
