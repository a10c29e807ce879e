import type { CapacityBlock, NewCapacityBlock } from '@millrace/contract';
import { type Access, type Actor, scopeOf } from '../access/index.ts';
import {
  assert,
  decodeCursor,
  isRefusal,
  type Kernel,
  notFound,
  type Refusal,
  type Tx,
  toPage,
} from '../kernel/index.ts';
import { type Desk, write } from './desk.ts';
import {
  actingNetwork,
  assertNetwork,
  createDirectories,
  type Directories,
  ifVisible,
  listCalendars,
  visible,
} from './directories.ts';
import { createImports, type Imports } from './import.ts';
import { addImporters } from './importers.ts';
import { addBlock, dropBlock } from './keep-blocks.ts';
import { createMachine } from './keep-machines.ts';
import type { RegisteredMachine, Registry } from './registry.ts';
import { registryRoutes } from './routes.ts';
import { type Columns, findRow, listRows, type Noun } from './store.ts';
import { blocksBetween, clearBlocks, upsertBlock } from './store-block.ts';
import { createWorkingTime } from './working-time.ts';

export function openRegistry(kernel: Kernel, _access: Access): Registry {
  const directories = createDirectories(kernel);
  const desk: Desk = { kernel, directories };
  const imports = createImports(desk);
  addImporters(imports, desk);
  const service = createService(desk, imports);
  return {
    ...createReads(directories),
    routes: (app) => registryRoutes(app, service),
    start: directories.start,
    createMachine: (tx, actor, fresh) => createMachine(desk, tx, actor, fresh),
    addImporter: imports.add,
  };
}

type Reads = Omit<Registry, 'routes' | 'start' | 'createMachine' | 'addImporter'>;

function createReads(directories: Directories): Reads {
  const time = createWorkingTime();
  const of = async (tx: Tx, networkId: string) => {
    assertNetwork(tx, networkId);
    return directories.viewOf(tx, networkId);
  };
  const machine = async (tx: Tx, id: string): Promise<RegisteredMachine | undefined> => {
    const view = await directories.viewOf(tx);
    return ifVisible(view, view.directory.machine(id));
  };
  return {
    directory: directories.load,
    directoryNow: directories.now,
    onDirectoryChange: directories.onChange,
    machine,
    site: async (tx, id) => {
      const view = await directories.viewOf(tx);
      return ifVisible(view, view.directory.site(id));
    },
    workCenter: async (tx, id) => {
      const view = await directories.viewOf(tx);
      return ifVisible(view, view.directory.workCenter(id));
    },
    item: async (tx, id) => (await directories.viewOf(tx)).directory.item(id),
    capability: async (tx, id) => {
      const view = await directories.viewOf(tx);
      return ifVisible(view, view.directory.capability(id));
    },
    listSites: async (tx, networkId) => {
      const view = await of(tx, networkId);
      return visible(view, view.directory.sites());
    },
    listWorkCenters: async (tx, networkId) => {
      const view = await of(tx, networkId);
      return visible(view, view.directory.workCenters());
    },
    listMachines: async (tx, networkId) => {
      const view = await of(tx, networkId);
      return visible(view, view.directory.machines());
    },
    listItems: async (tx, networkId) => [...(await of(tx, networkId)).directory.items()],
    listCapabilities: async (tx, networkId) => {
      const view = await of(tx, networkId);
      return visible(view, view.directory.capabilities());
    },
    listCalendars: async (tx, networkId) => listCalendars(await of(tx, networkId)),
    listBlocks: (tx, networkId, from, to) => blocksBetween(tx, networkId, from, to),
    putBlock: async (tx, block) => {
      const of = await machine(tx, block.machineId);
      assert(of, `a block for the unknown machine ${block.machineId}`);
      const { networkId, organisationId: factoryOrganisationId, siteId } = of;
      await upsertBlock(tx, { ...block, networkId, factoryOrganisationId, siteId });
    },
    removeBlocks: (tx, machineId, kind, from) => clearBlocks(tx, actingNetwork(tx), machineId, kind, from),
    windowsOf: (of, from, to) => time.windows(home(directories, of).calendarOf(of), from, to),
    shiftsOf: (of, day) => {
      const directory = home(directories, of);
      return time.shifts(directory.calendarOf(of), directory.patternOf(of), day);
    },
  };
}

/** Whoever holds a machine got it from its directory, so that one is loaded. */
function home(directories: Directories, machine: RegisteredMachine) {
  const directory = directories.now(machine.networkId);
  assert(directory, `the directory of network ${machine.networkId} is not loaded`);
  return directory;
}

type Maker<A extends readonly unknown[], T> = (
  desk: Desk,
  tx: Tx,
  actor: Actor,
  ...rest: A
) => Promise<T | Refusal>;

export interface Listing {
  readonly where: Columns;
  readonly q?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface BlockQuery {
  readonly siteId?: string | undefined;
  readonly machineId?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The use cases behind the routes; each is one transaction in the name of the actor. */
export interface RegistryService {
  /** Runs one of the makers (`createSite`, `changeItem` …) and waits until the directory knows. */
  make<A extends readonly unknown[], T>(
    maker: Maker<A, T>,
  ): (actor: Actor, ...rest: A) => Promise<T | Refusal>;
  one<T extends object>(noun: Noun, actor: Actor, id: string): Promise<T | Refusal>;
  list<T extends { id: string }>(
    noun: Noun,
    actor: Actor,
    listing: Listing,
    view?: (tx: Tx, networkId: string, rows: readonly object[]) => Promise<T[]>,
  ): Promise<{ rows: T[]; nextCursor: string | null; total?: number } | Refusal>;
  blocks(actor: Actor, query: BlockQuery): Promise<{ rows: CapacityBlock[] }>;
  addBlock(actor: Actor, fresh: NewCapacityBlock): Promise<CapacityBlock | Refusal>;
  dropBlock(actor: Actor, id: string): Promise<Refusal | undefined>;
  readonly imports: Imports;
}

/** Blocks of one factory for a year; more are not drawn on one calendar. */
const BLOCKS_MAX = 5_000;
const BLOCKS_AHEAD_MS = 400 * 86_400_000;
const BLOCKS_BACK_MS = 7 * 86_400_000;

function createService(desk: Desk, imports: Imports): RegistryService {
  const { kernel, directories } = desk;
  return {
    imports,
    make:
      (maker) =>
      (actor, ...rest) =>
        write(desk, actor, (tx) => maker(desk, tx, actor, ...rest)),
    one: (noun, actor, id) =>
      kernel.db.transaction(
        scopeOf(actor),
        async (tx) => (await findRow(tx, noun, actor.networkId, id)) ?? notFound(noun.name),
      ),
    list: async (noun, actor, listing, view) => {
      const after = decodeCursor(listing.cursor, 2);
      if (isRefusal(after)) return after;
      const { networkId } = actor;
      return kernel.db.transaction(scopeOf(actor), async (tx) => {
        const found = await listRows<{ id: string }>(tx, noun, { ...listing, networkId, after });
        const page = toPage(found.rows, listing.limit, (row) => [sortKeyOf(row), row.id]);
        const rows = view ? await view(tx, networkId, page.rows) : page.rows;
        // Without a view the columns of the noun's SELECT are the contract's fields.
        return { ...found, ...page, rows: rows as never };
      });
    },
    blocks: (actor, query) =>
      kernel.db.transaction(scopeOf(actor), async (tx) => {
        const from = query.from ?? kernel.clock.now() - BLOCKS_BACK_MS;
        const to = query.to ?? from + BLOCKS_AHEAD_MS;
        return { rows: await blocksBetween(tx, actor.networkId, from, to, { ...query, limit: BLOCKS_MAX }) };
      }),
    addBlock: (actor, fresh) =>
      kernel.db.transaction<CapacityBlock | Refusal>(scopeOf(actor), async (tx) => {
        const view = await directories.viewOf(tx, actor.networkId);
        return addBlock(desk, tx, actor, ifVisible(view, view.directory.machine(fresh.machineId)), fresh);
      }),
    dropBlock: (actor, id) => kernel.db.transaction(scopeOf(actor), (tx) => dropBlock(desk, tx, actor, id)),
  };
}

/** Capabilities have no code of their own and stand in the order of their items. */
function sortKeyOf(row: object): string {
  const { code, itemCode } = row as { code?: string; itemCode?: string };
  return code ?? itemCode ?? '';
}
