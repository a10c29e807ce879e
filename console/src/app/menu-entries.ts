import {
  iconBuildingBlock,
  iconDashboard,
  iconGanttchart,
  iconMachineA,
  iconPlant,
  iconShoppingCart,
  iconTruck,
} from '@siemens/ix-icons/icons';
import { useMe } from '../api/session.ts';
import { useWaiting, type Waiting } from '../api/waiting.ts';
import { actsFor, may } from './permission.ts';

type Entry = Readonly<{
  name: 'board' | 'machines' | 'orders' | 'matching' | 'factory' | 'shipments' | 'admin';
  path: string;
  icon: string;
  /** How many things wait for a person there. */
  waiting: number;
}>;

/** One entry per page, in the order of the member's day; a factory's begins with its own shop. */
export function useMenuEntries(): readonly Entry[] {
  const me = useMe();
  const waiting = useWaiting();
  const auditorOnly = me?.acting.role === 'auditor';
  if (auditorOnly) return [entry('admin', iconBuildingBlock, 0)];
  const isOperator = actsFor(me, 'operator');
  const isFactory = actsFor(me, 'factory');
  const isBuyer = actsFor(me, 'buyer', 'hospital');
  const all: readonly (Entry | null)[] = [
    isFactory ? entry('factory', iconPlant, waiting.offers) : null,
    isOperator || actsFor(me, 'authority') ? entry('board', iconDashboard, 0) : null,
    isOperator || isFactory ? entry('machines', iconMachineA, 0) : null,
    isFactory ? null : entry('orders', iconShoppingCart, waiting.ordersAtRisk),
    isOperator ? entry('matching', iconGanttchart, 0) : null,
    isOperator ? entry('factory', iconPlant, 0) : null,
    entry('shipments', iconTruck, isBuyer ? waiting.arrivals : 0),
    may(me, 'user:list') || isOperator || isFactory ? entry('admin', iconBuildingBlock, 0) : null,
  ];
  return all.filter((one) => one !== null);
}

function entry(name: Entry['name'], icon: string, waiting: Waiting[keyof Waiting]): Entry {
  return { name, path: `/${name}`, icon, waiting };
}
