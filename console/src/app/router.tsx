import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { queryClient } from '../api/query-client.ts';
import { meQuery } from '../api/session.ts';
import { firstAdminTab } from '../pages/admin/admin-tabs.ts';
import { gatewaySearch, wizardSearch } from '../pages/gateways/gateway-search.ts';
import { Frame } from './frame.tsx';
import { NotFound, PageFault } from './page-fault.tsx';
import { homeOf } from './permission.ts';

/** Every page is its own chunk: the board does not wait for the table, nor the phone for the Gantt. */
const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageFault });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../pages/sign-in/sign-in-page.tsx'), 'SignInPage'),
});
const signInLink = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/link',
  component: lazyRouteComponent(() => import('../pages/sign-in/link-page.tsx'), 'LinkPage'),
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('../pages/sign-in/set-up-page.tsx'), 'SetUpPage'),
});

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ location }) => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: '/sign-in', search: { next: location.href } });
    return { me };
  },
});
const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: homeOf(context.me), replace: true });
  },
});

const pages = [
  home,
  createRoute({
    getParentRoute: () => frame,
    path: '/board',
    component: lazyRouteComponent(() => import('../pages/network-board/board-page.tsx'), 'BoardPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/machines',
    component: lazyRouteComponent(() => import('../pages/machines/machines-page.tsx'), 'MachinesPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/machines/$machineId',
    component: lazyRouteComponent(() => import('../pages/machines/machine-page.tsx'), 'MachinePage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/orders',
    component: lazyRouteComponent(() => import('../pages/orders/orders-page.tsx'), 'OrdersPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/orders/new',
    component: lazyRouteComponent(() => import('../pages/orders/new-order-page.tsx'), 'NewOrderPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/orders/$orderId',
    component: lazyRouteComponent(() => import('../pages/orders/order-page.tsx'), 'OrderPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/matching',
    component: lazyRouteComponent(() => import('../pages/matching/matching-page.tsx'), 'MatchingPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/matching/$runId',
    component: lazyRouteComponent(() => import('../pages/matching/run-page.tsx'), 'RunPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/shipments',
    component: lazyRouteComponent(() => import('../pages/shipments/shipments-page.tsx'), 'ShipmentsPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/gateways',
    component: lazyRouteComponent(() => import('../pages/gateways/gateways-page.tsx'), 'GatewaysPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/gateways/new',
    validateSearch: wizardSearch,
    component: lazyRouteComponent(() => import('../pages/gateways/wizard-page.tsx'), 'WizardPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/gateways/$gatewayId',
    validateSearch: gatewaySearch,
    component: lazyRouteComponent(() => import('../pages/gateways/gateway-page.tsx'), 'GatewayPage'),
  }),
  createRoute({
    getParentRoute: () => frame,
    path: '/account',
    component: lazyRouteComponent(() => import('../pages/account/account-page.tsx'), 'AccountPage'),
  }),
];

const factory = createRoute({
  getParentRoute: () => frame,
  path: '/factory',
  component: lazyRouteComponent(() => import('../pages/factory/factory-layout.tsx'), 'FactoryLayout'),
});
const factoryPages = [
  createRoute({
    getParentRoute: () => factory,
    path: '/',
    component: lazyRouteComponent(() => import('../pages/factory/today-page.tsx'), 'TodayPage'),
  }),
  createRoute({
    getParentRoute: () => factory,
    path: '/offers',
    component: lazyRouteComponent(() => import('../pages/factory/offers-page.tsx'), 'OffersPage'),
  }),
  createRoute({
    getParentRoute: () => factory,
    path: '/production',
    component: lazyRouteComponent(() => import('../pages/factory/production-page.tsx'), 'ProductionPage'),
  }),
  createRoute({
    getParentRoute: () => factory,
    path: '/schedule',
    component: lazyRouteComponent(() => import('../pages/factory/schedule-page.tsx'), 'SchedulePage'),
  }),
  createRoute({
    getParentRoute: () => factory,
    path: '/capacity',
    component: lazyRouteComponent(() => import('../pages/factory/capacity-page.tsx'), 'CapacityPage'),
  }),
];
const admin = createRoute({
  getParentRoute: () => frame,
  path: '/admin',
  component: lazyRouteComponent(() => import('../pages/admin/admin-layout.tsx'), 'AdminLayout'),
});
const adminPages = [
  createRoute({
    getParentRoute: () => admin,
    path: '/',
    beforeLoad: ({ context }) => {
      throw redirect({ to: firstAdminTab(context.me), replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/organisations',
    component: lazyRouteComponent(() => import('../pages/admin/organisations-page.tsx'), 'OrganisationsPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/users',
    component: lazyRouteComponent(() => import('../pages/admin/users-page.tsx'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/keys',
    component: lazyRouteComponent(() => import('../pages/admin/keys-page.tsx'), 'KeysPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/gateways',
    beforeLoad: () => {
      throw redirect({ to: '/gateways', replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/import',
    component: lazyRouteComponent(() => import('../pages/admin/import-page.tsx'), 'ImportPage'),
  }),
  createRoute({
    getParentRoute: () => admin,
    path: '/audit',
    component: lazyRouteComponent(() => import('../pages/admin/audit-page.tsx'), 'AuditPage'),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    signInLink,
    setUp,
    frame.addChildren([...pages, factory.addChildren(factoryPages), admin.addChildren(adminPages)]),
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});
