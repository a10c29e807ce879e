/** What crosses a wire: one TypeBox schema gives type, validation and OpenAPI. No logic, no Node. */
export * from './access.ts';
export * from './board.ts';
export * from './capacity.ts';
export * from './edge-config.ts';
export * from './edge-drivers.ts';
export * from './event.ts';
export * from './execution.ts';
export * from './gateway.ts';
export * from './gateway-desk.ts';
export * from './machine-record.ts';
export * from './matching.ts';
export * from './order.ts';
export * from './primitives.ts';
export * from './registry.ts';
export * from './schedule.ts';
export * from './shipping.ts';
export * from './state.ts';
