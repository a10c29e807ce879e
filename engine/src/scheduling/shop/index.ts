export { checkShop } from './check-shop.ts';
export { type ScheduleShopOptions, scheduleShop } from './schedule-shop.ts';
export type * from './shop-schedule.ts';
// Under a second name too: the classic instances have a refusal of the first.
export type { ShopRefusal as ScheduleRefusal } from './shop-schedule.ts';
export type * from './shop-snapshot.ts';
