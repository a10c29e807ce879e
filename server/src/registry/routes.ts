import {
  CAPABILITY_STATES,
  Calendar,
  Capability,
  CapacityBlock,
  Id,
  Instant,
  Item,
  Machine,
  NewCalendar,
  NewCapability,
  NewCapacityBlock,
  NewItem,
  NewMachine,
  NewSite,
  NewWorkCenter,
  OneOf,
  PageOf,
  PageQuery,
  Site,
  WorkCenter,
} from '@millrace/contract';
import { type Static, type TSchema, Type } from 'typebox';
import type { Actor } from '../access/index.ts';
import { type App, answer, PAGE_DEFAULT, type Refusal } from '../kernel/index.ts';
import { changeCalendar, createCalendar } from './keep-calendars.ts';
import { changeCapability, createCapability } from './keep-capabilities.ts';
import { changeItem, createItem } from './keep-items.ts';
import { changeMachine, createMachine } from './keep-machines.ts';
import { changeSite, createSite, oneSite, viewSites } from './keep-sites.ts';
import { changeWorkCenter, createWorkCenter } from './keep-work-centers.ts';
import {
  CalendarPatch,
  CapabilityPatch,
  ItemPatch,
  MachinePatch,
  SitePatch,
  WorkCenterPatch,
} from './patch.ts';
import { importRoutes } from './routes-import.ts';
import type { Listing, RegistryService } from './service.ts';
import { CALENDAR, CAPABILITY, type Columns, ITEM, MACHINE, SITE, WORK_CENTER } from './store.ts';

const tags = ['registry'];
const ById = Type.Object({ id: Id });
const Text = Type.Optional(Type.String({ maxLength: 100 }));
const Ref = Type.Optional(Id);
/** Filters of lists, beside the page. */
const Filters = Type.Object({
  q: Text,
  organisationId: Ref,
  siteId: Ref,
  workCenterId: Ref,
  gatewayId: Ref,
  itemId: Ref,
  state: Type.Optional(OneOf(CAPABILITY_STATES)),
  /** Machines taken out of service are listed too. */
  retired: Type.Optional(Type.Boolean()),
});
const ListQuery = Type.Intersect([PageQuery, Filters]);
type ListQuery = Static<typeof ListQuery>;

export function registryRoutes(app: App, service: RegistryService): void {
  const { make } = service;
  mount(app, 'sites', {
    row: Site,
    fresh: NewSite,
    patch: SitePatch,
    list: (actor, query) =>
      service.list(SITE, actor, listing(query, { factory_org_id: query.organisationId }), viewSites),
    one: make((_desk, tx, actor, id: string) => oneSite(tx, actor.networkId, id)),
    create: make(createSite),
    change: make(changeSite),
  });
  mount(app, 'work-centers', {
    row: WorkCenter,
    fresh: NewWorkCenter,
    patch: WorkCenterPatch,
    list: (actor, query) =>
      service.list<WorkCenter>(
        WORK_CENTER,
        actor,
        listing(query, { factory_org_id: query.organisationId, site_id: query.siteId }),
      ),
    one: (actor, id) => service.one<WorkCenter>(WORK_CENTER, actor, id),
    create: make(createWorkCenter),
    change: make(changeWorkCenter),
  });
  mount(app, 'machines', {
    row: Machine,
    fresh: NewMachine,
    patch: MachinePatch,
    list: (actor, query) => service.list<Machine>(MACHINE, actor, listing(query, machineFilter(query))),
    one: (actor, id) => service.one<Machine>(MACHINE, actor, id),
    create: make(createMachine),
    change: make(changeMachine),
  });
  mountGoods(app, service);
  blockRoutes(app, service);
  importRoutes(app, service.imports);
}

function mountGoods(app: App, service: RegistryService): void {
  const { make } = service;
  mount(app, 'items', {
    row: Item,
    fresh: NewItem,
    patch: ItemPatch,
    list: (actor, query) => service.list<Item>(ITEM, actor, listing(query, {})),
    one: (actor, id) => service.one<Item>(ITEM, actor, id),
    create: make(createItem),
    change: make(changeItem),
  });
  mount(app, 'capabilities', {
    row: Capability,
    fresh: NewCapability,
    patch: CapabilityPatch,
    list: (actor, query) =>
      service.list<Capability>(CAPABILITY, actor, listing(query, capabilityFilter(query))),
    one: (actor, id) => service.one<Capability>(CAPABILITY, actor, id),
    create: make(createCapability),
    change: make(changeCapability),
  });
  mount(app, 'calendars', {
    row: Calendar,
    fresh: NewCalendar,
    patch: CalendarPatch,
    list: (actor, query) =>
      service.list<Calendar>(CALENDAR, actor, listing(query, { factory_org_id: query.organisationId })),
    one: (actor, id) => service.one<Calendar>(CALENDAR, actor, id),
    create: make(createCalendar),
    change: make(changeCalendar),
  });
}

const machineFilter = (query: ListQuery): Columns => ({
  factory_org_id: query.organisationId,
  site_id: query.siteId,
  work_center_id: query.workCenterId,
  gateway_id: query.gatewayId,
  retired_at: query.retired ? undefined : null,
});
const capabilityFilter = (query: ListQuery): Columns => ({
  factory_org_id: query.organisationId,
  site_id: query.siteId,
  work_center_id: query.workCenterId,
  item_id: query.itemId,
  state: query.state,
});
const listing = (query: ListQuery, where: Columns): Listing => ({
  where,
  q: query.q,
  limit: query.limit ?? PAGE_DEFAULT,
  cursor: query.cursor,
});

interface Mounted<N extends TSchema, P extends TSchema> {
  readonly row: TSchema;
  readonly fresh: N;
  readonly patch: P;
  list(actor: Actor, query: ListQuery): Promise<object | Refusal>;
  one(actor: Actor, id: string): Promise<object | Refusal>;
  create(actor: Actor, fresh: Static<N>): Promise<object | Refusal>;
  change(actor: Actor, id: string, patch: Static<P>): Promise<object | Refusal>;
}

/** The same four routes for every noun. */
function mount<N extends TSchema, P extends TSchema>(app: App, plural: string, noun: Mounted<N, P>): void {
  const path = `/api/v3/${plural}`;
  const read = { action: 'registry.read' } as const;
  const writes = { action: 'registry.write' } as const;
  app.get(
    path,
    {
      config: read,
      schema: {
        tags,
        summary: `List ${plural}`,
        querystring: ListQuery,
        response: { 200: PageOf(noun.row) },
      },
    },
    async (request, reply) => answer(reply, await noun.list(request.actor, request.query)),
  );
  app.get(
    `${path}/:id`,
    {
      config: read,
      schema: { tags, summary: `One of the ${plural}`, params: ById, response: { 200: noun.row } },
    },
    async (request, reply) => answer(reply, await noun.one(request.actor, request.params.id)),
  );
  app.post(
    path,
    {
      config: writes,
      schema: {
        tags,
        summary: `Register one of the ${plural}`,
        body: noun.fresh as TSchema,
        response: { 201: noun.row },
      },
    },
    async (request, reply) => answer(reply, await noun.create(request.actor, request.body as Static<N>), 201),
  );
  app.patch(
    `${path}/:id`,
    {
      config: writes,
      schema: {
        tags,
        summary: `Change one of the ${plural}`,
        params: ById,
        body: noun.patch as TSchema,
        response: { 200: noun.row },
      },
    },
    async (request, reply) =>
      answer(reply, await noun.change(request.actor, request.params.id, request.body as Static<P>)),
  );
}

const BlockQuery = Type.Object({
  siteId: Ref,
  machineId: Ref,
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
});

function blockRoutes(app: App, service: RegistryService): void {
  app.get(
    '/api/v3/capacity-blocks',
    {
      config: { action: 'capacity.read' },
      schema: {
        tags,
        summary: 'Time that machines are taken out of what is offered',
        querystring: BlockQuery,
        response: { 200: Type.Object({ rows: Type.Array(CapacityBlock) }) },
      },
    },
    async (request, reply) => answer(reply, await service.blocks(request.actor, request.query)),
  );
  app.post(
    '/api/v3/capacity-blocks',
    {
      config: { action: 'block.write' },
      schema: {
        tags,
        summary: 'Take a machine out for some time',
        body: NewCapacityBlock,
        response: { 201: CapacityBlock },
      },
    },
    async (request, reply) => answer(reply, await service.addBlock(request.actor, request.body), 201),
  );
  app.delete(
    '/api/v3/capacity-blocks/:id',
    {
      config: { action: 'block.write' },
      schema: { tags, summary: 'Give the time back', params: ById, response: { 204: Type.Null() } },
    },
    async (request, reply) =>
      answer(reply, (await service.dropBlock(request.actor, request.params.id)) ?? null, 204),
  );
}
