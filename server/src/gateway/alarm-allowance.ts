/** What a site in trouble has told after a day without a line; a rule tells at most ten changes a minute. */
const ALARMS_AT_ONCE = 20_000;
/** For good: 86,400 a day, which is more than anybody reads and less than fills a disk. */
const ALARMS_PER_S = 1;
/** Gateways whose alarms are counted; of a forgotten one none were. */
const REMEMBERED_MAX = 20_000;

/** How fast alarms of a gateway are taken, so that a box gone mad fills neither the disk nor the feed that it shares. */
export interface AlarmAllowance {
  /** Until more are taken, seconds; 0 = now. */
  waitS(gatewayId: string): number;
  /** So many were stored. */
  take(gatewayId: string, alarms: number): void;
}

/** `now` is wall time, epoch ms. */
export function createAlarmAllowance(now: () => number): AlarmAllowance {
  const spent = new Map<string, { readonly alarms: number; readonly at: number }>();
  const leftOf = (gatewayId: string): number => {
    const { alarms, at } = spent.get(gatewayId) ?? { alarms: 0, at: 0 };
    const back = (Math.max(0, now() - at) / 1_000) * ALARMS_PER_S;
    return ALARMS_AT_ONCE - Math.max(0, alarms - back);
  };
  return {
    waitS: (gatewayId) => {
      const left = leftOf(gatewayId);
      return left >= 1 ? 0 : Math.ceil((1 - left) / ALARMS_PER_S);
    },
    take: (gatewayId, alarms) => {
      const all = ALARMS_AT_ONCE - leftOf(gatewayId) + alarms;
      // Anew at the end, so that the first is the one that was silent longest.
      spent.delete(gatewayId);
      if (all === 0) return;
      const oldest = spent.size >= REMEMBERED_MAX ? spent.keys().next().value : undefined;
      if (oldest !== undefined) spent.delete(oldest);
      spent.set(gatewayId, { alarms: all, at: now() });
    },
  };
}
