import type { LiveMachine, MachineState } from '@millrace/contract';
import type { IxCategoryFilter } from '@siemens/ix-react';
import type { ComponentProps } from 'react';
import { recall, remember } from '../../app/remembered.ts';

export type FilterState = NonNullable<ComponentProps<typeof IxCategoryFilter>['filterState']>;
// iX's enum has this value; the enum itself is not exported by a path that tree-shakes.
export const EQUAL = 'Equal' as FilterState['categories'][number]['operator'];

const KEY = 'machines.filter';
const NONE: FilterState = { tokens: [], categories: [] };

/** A link to one site's machines wins over what was filtered last time. */
export function rememberedFilter(machines: readonly LiveMachine[]): FilterState {
  const siteId = new URLSearchParams(window.location.search).get('site');
  const siteName = machines.find((machine) => machine.siteId === siteId)?.siteName;
  if (siteName) {
    return { tokens: [], categories: [{ id: 'site', value: siteName, operator: EQUAL }] };
  }
  const kept = recall(KEY);
  if (kept === null) return NONE;
  try {
    const parsed: unknown = JSON.parse(kept);
    return isFilter(parsed) ? parsed : NONE;
  } catch {
    // An older console wrote something else; start without a filter.
    return NONE;
  }
}

export function rememberFilter(filter: FilterState): void {
  remember(KEY, JSON.stringify(filter));
}

/** Values of one category are alternatives; categories and words must all agree. */
export function machineFilter(
  filter: FilterState,
  machine: LiveMachine,
  stateWord: (state: MachineState) => string,
): boolean {
  const text = `${machine.machineCode} ${machine.machineName} ${machine.siteName} ${machine.itemCode ?? ''}`;
  const words = text.toLowerCase();
  if (!filter.tokens.every((token) => words.includes(token.toLowerCase()))) return false;
  const actual: Record<string, string> = { state: stateWord(machine.state), site: machine.siteName };
  return ['state', 'site'].every((id) => {
    const asked = filter.categories.filter((one) => one.id === id);
    const wanted = asked.filter((one) => one.operator === EQUAL);
    const unwanted = asked.filter((one) => one.operator !== EQUAL);
    const value = actual[id];
    return (
      (wanted.length === 0 || wanted.some((one) => one.value === value)) &&
      unwanted.every((one) => one.value !== value)
    );
  });
}

function isFilter(value: unknown): value is FilterState {
  return typeof value === 'object' && value !== null && 'tokens' in value && 'categories' in value;
}
