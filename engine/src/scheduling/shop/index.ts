export { checkShop } from './check-shop.ts';
export { type ScheduleShopOptions, scheduleShop } from './schedule-shop.ts';
export type * from './shop-schedule.ts';
export type * from './shop-snapshot.ts';
