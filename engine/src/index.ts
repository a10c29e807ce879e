export * from './calendar/shift-calendar.ts';
export * from './calendar/working-time.ts';
export { canonicalJson } from './canonical.ts';
export * from './capacity/capacity-bucket.ts';
export * from './capacity/measured-rate.ts';
export { checkSnapshot } from './check-snapshot.ts';
export { SnapshotFault } from './fault.ts';
export type * from './flow/flow-problem.ts';
export type { FlowOrder, FlowQuote, QuotedMove, QuotedPiece } from './flow/flow-quote.ts';
export { type FlowArc, type FlowRoom, FlowState } from './flow/flow-state.ts';
export { type FlowOptions, type FlowProgress, solveFlow } from './flow/solve-flow.ts';
export * from './interval/interval.ts';
export { type LotMilp, lotMilp, type MilpAnswer, type MilpModel, type SolveMilp } from './lots/lot-milp.ts';
export type { LotPlan, LotProblem } from './lots/lot-problem.ts';
export { type LotOptions, type LotProgress, type LotSolution, solveLots } from './lots/solve-lots.ts';
export { type ExactLotPlan, solveLotsExactly } from './lots/solve-lots-exactly.ts';
export { type PromiseOptions, promise } from './matching/capable-to-promise.ts';
export { mergePlans, splitComponents } from './matching/components.ts';
export {
  type GroupHours,
  type HourValue,
  type HourValueOptions,
  type HourValues,
  hourValues,
} from './matching/hour-value.ts';
export { match } from './matching/match.ts';
export type { MatchOptions } from './matching/match-on.ts';
export { createPlanIndex, type MachineSpan, type PlanIndex } from './matching/plan-index.ts';
export type { MatchProgress, OnMatchProgress } from './matching/pulse.ts';
export { type Disturbance, type LineMove, type MoveCause, type Replan, replan } from './matching/replan.ts';
export type * from './plan.ts';
export type * from './promise.ts';
export { makeOrderFile, type OrderFile, orderSnapshot } from './sample/order-file.ts';
export { type SampleFlowOptions, sampleFlow } from './sample/sample-flow.ts';
export { type SampleLotsOptions, sampleLots } from './sample/sample-lots.ts';
export { type SampleOptions, sampleSnapshot } from './sample/sample-network.ts';
export { type SampleShopOptions, sampleShop } from './sample/sample-shop.ts';
export { type Random, seededRandom } from './sample/seeded-random.ts';
export type { MakespanProgress, OnMakespanProgress } from './scheduling/disjunctive/effort.ts';
export type { Alternative, DisjunctiveShop } from './scheduling/disjunctive/shop.ts';
export {
  type MakespanOptions,
  type MakespanResult,
  solveMakespan,
} from './scheduling/disjunctive/solve-makespan.ts';
export { parseShop, type ShopFormat, shopFormatOf } from './scheduling/instance/parse-shop.ts';
export type { ParsedShop, ShopRefusal } from './scheduling/instance/shop-refusal.ts';
export * from './scheduling/shop/index.ts';
export { sha256 } from './sha256.ts';
export * from './snapshot.ts';
export { hashSnapshot } from './snapshot-hash.ts';
export type { ScheduleViolation, ScheduleViolationCode } from './verify/schedule-violation.ts';
export { type FlowViolation, verifyFlow } from './verify/verify-flow.ts';
export { type LotViolation, verifyLots } from './verify/verify-lots.ts';
export { verifyPlan } from './verify/verify-plan.ts';
export { verifySchedule } from './verify/verify-schedule.ts';
export { verifyShop } from './verify/verify-shop.ts';
export type * from './verify/violation.ts';
