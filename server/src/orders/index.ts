/** Demand: orders, their lines, dates, priorities and life cycle. */
export type { LineDeltas, NewStep, OrderFigures, Orders, StoredLine } from './orders.ts';
