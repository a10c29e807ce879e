/** Production orders, operations on machines, progress from counts and reports, projected finish, recall. */
export type { Execution, StoredProductionOrder } from './execution.ts';
/** The rule by which counted, reported and scrapped pieces become good ones. */
export { goodQuantity } from './production-order.ts';
/** Opens the module: subscriptions and the shop-floor clock are declared, nothing runs before the kernel starts. */
export { openExecution } from './service.ts';
