import { openAccess } from './access/index.ts';
import { openCapacity } from './capacity/index.ts';
import { openExecution } from './execution/index.ts';
import { openGateway } from './gateway/index.ts';
import { openIngest } from './ingest/index.ts';
import { openInsight } from './insight/index.ts';
import {
  type App,
  type Config,
  createApp,
  type Kernel,
  type KernelOptions,
  openKernel,
} from './kernel/index.ts';
import { openMatching } from './matching/index.ts';
import { openOrders } from './orders/index.ts';
import { openRegistry } from './registry/index.ts';
import { openShipping } from './shipping/index.ts';
import { openState } from './state/index.ts';

/** What the composition needs of a module: its routes, and what it starts and stops. */
interface Module {
  routes(app: App): void;
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

export interface Platform {
  readonly app: App;
  readonly kernel: Kernel;
  readonly modules: ReturnType<typeof composeModules>;
  stop(): Promise<void>;
}

/** Every module by hand, in spine order: each is given only what lies upstream of it. */
function composeModules(kernel: Kernel) {
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const gateway = openGateway(kernel, access, registry);
  const ingest = openIngest(kernel, access, registry);
  const state = openState(kernel, access, registry, ingest);
  const capacity = openCapacity(kernel, access, registry, state);
  const orders = openOrders(kernel, access, registry);
  const matching = openMatching(kernel, access, registry, capacity, orders);
  const execution = openExecution(kernel, access, registry, state, capacity, orders, matching);
  const shipping = openShipping(kernel, access, registry, orders, matching, execution);
  const insight = openInsight(kernel, {
    access,
    registry,
    ingest,
    state,
    capacity,
    orders,
    matching,
    execution,
    shipping,
  });
  return {
    access,
    registry,
    gateway,
    ingest,
    state,
    capacity,
    orders,
    matching,
    execution,
    shipping,
    insight,
  };
}

/** Opens everything but the doors: `app.listen` is the caller's. Stops what it started when a later step fails. */
export async function openPlatform(config: Config, options: KernelOptions = {}): Promise<Platform> {
  const kernel = await openKernel(config, options);
  const opened: Module[] = [];
  const stopAll = async (app?: App): Promise<void> => {
    await app?.close();
    for (const module of opened.reverse()) await module.stop?.();
    await kernel.stop();
  };
  try {
    const app = await createApp(kernel);
    const modules = composeModules(kernel);
    for (const module of Object.values<Module>(modules)) module.routes(app);
    await app.ready();
    for (const module of Object.values<Module>(modules)) {
      await module.start?.();
      opened.push(module);
    }
    await kernel.start();
    return { app, kernel, modules, stop: () => stopAll(app) };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
