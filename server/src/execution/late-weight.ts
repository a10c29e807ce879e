/** Points for an hour late by priority, P0 first: the ratios that the network is planned with. */
const LATE_WEIGHTS = [16, 8, 4, 2, 1] as const;

export const lateWeight = (priority: number): number => LATE_WEIGHTS[priority] ?? 1;
