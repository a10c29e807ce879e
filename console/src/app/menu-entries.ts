import {
  iconBuildingBlock,
  iconDashboard,
  iconGanttchart,
  iconMachineA,
  iconNetworkDevice,
  iconPlant,
  iconShoppingCart,
  iconTruck,
} from '@siemens/ix-icons/icons';
import { useMe } from '../api/session.ts';
import { useWaiting, type Waiting } from '../api/waiting.ts';
import { actsFor, may } from './permission.ts';

type Entry = Readonly<{
  name: 'board' | 'machines' | 'gateways' | 'orders' | 'matching' | 'factory' | 'shipments' | 'admin';
  path: string;
  icon: string;
  /** How many things wait for a person there. */
  waiting: number;
}>;

/** Any of these makes the administration worth an entry. */
const ADMIN_ACTIONS = ['user.read', 'audit.read', 'import.run'];

/** One entry per page, in the order of the member's day; a factory's begins with its own shop. */
export function useMenuEntries(): readonly Entry[] {
  const me = useMe();
  const waiting = useWaiting();
  const isFactory = actsFor(me, 'factory');
  const isBuyer = actsFor(me, 'buyer', 'hospital');
  const administers = ADMIN_ACTIONS.some((action) => may(me, action));
  const board = !isFactory && !isBuyer && may(me, 'board.read');
  const all: readonly (Entry | null)[] = [
    isFactory && may(me, 'production.read') ? entry('factory', iconPlant, waiting.offers) : null,
    board ? entry('board', iconDashboard, 0) : null,
    may(me, 'record.read') ? entry('machines', iconMachineA, 0) : null,
    may(me, 'gateway.read') ? entry('gateways', iconNetworkDevice, 0) : null,
    may(me, 'order.read') ? entry('orders', iconShoppingCart, waiting.ordersAtRisk) : null,
    may(me, 'match.read') ? entry('matching', iconGanttchart, 0) : null,
    !isFactory && may(me, 'allocation.answer') ? entry('factory', iconPlant, 0) : null,
    may(me, 'shipment.read') ? entry('shipments', iconTruck, isBuyer ? waiting.arrivals : 0) : null,
    administers ? entry('admin', iconBuildingBlock, 0) : null,
  ];
  return all.filter((one) => one !== null);
}

function entry(name: Entry['name'], icon: string, waiting: Waiting[keyof Waiting]): Entry {
  return { name, path: `/${name}`, icon, waiting };
}
