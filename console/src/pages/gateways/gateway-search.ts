import { STEPS, type Step } from './draft.ts';

export const GATEWAY_TABS = ['health', 'configuration', 'commands', 'access'] as const;
export type GatewayTab = (typeof GATEWAY_TABS)[number];

/** What the address of a gateway's page may say. */
export function gatewaySearch(search: Record<string, unknown>): { tab?: GatewayTab } {
  const tab = GATEWAY_TABS.find((one) => one === search.tab);
  return tab ? { tab } : {};
}

export function wizardSearch(search: Record<string, unknown>): { step?: Step } {
  const step = STEPS.find((one) => one === search.step);
  return step ? { step } : {};
}
