/** Production orders, operations on machines, progress from counts and reports, projected finish, recall. */
export type { Execution, StoredProductionOrder } from './execution.ts';
/** Opens the module: subscriptions and the shop-floor clock are declared, nothing runs before the kernel starts. */
export { openExecution } from './service.ts';
