/** Demand: orders, their lines, dates, priorities and life cycle. */
export type { NewStep, Orders, StoredLine } from './orders.ts';
/** Opens the module and brings the CSV import of orders to the registry. */
export { openOrders } from './service.ts';
