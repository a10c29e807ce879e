/** What can still be made, by whom, when: calendars × measured rate − commitments; reservations that never overlap. */
export type {
  Capacity,
  CapacityChange,
  NewReservation,
  PlanningMachine,
  PlanningResources,
  ReservedInterval,
} from './capacity.ts';
/** What a measurement weighs at an instant, and the rate that planning makes of it. */
export { faded, rateOf } from './rate-sum.ts';
/** Opens the module: subscriptions are declared, nothing runs before the kernel starts. */
export { openCapacity } from './service.ts';
