import {
  Grant,
  Id,
  NewGrant,
  NewOrganisation,
  NewUser,
  OneTimeLink,
  Organisation,
  PageOf,
  PageQuery,
  Role,
  User,
} from '@millrace/contract';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { Lists } from './lists.ts';
import type { Action } from './policy.ts';
import type { Grants } from './service-grant.ts';
import type { Members } from './service-member.ts';

const tags = ['access'];
const config = (action: Action) => ({ action });
const params = Type.Object({ id: Id });

export interface MemberRoutes {
  readonly members: Members;
  readonly grants: Grants;
  readonly lists: Lists;
  readonly publicUrl: string | undefined;
}

export function memberRoutes(app: App, parts: MemberRoutes): void {
  organisationRoutes(app, parts);
  userRoutes(app, parts);
  grantRoutes(app, parts);
}

function organisationRoutes(app: App, { members, lists }: MemberRoutes): void {
  app.get(
    '/api/v3/organisations',
    {
      config: config('organisation.read'),
      schema: {
        tags,
        summary: 'Organisations of the network you may know of',
        querystring: PageQuery,
        response: { 200: PageOf(Organisation) },
      },
    },
    async (request, reply) => answer(reply, await lists.organisations(request.actor, request.query)),
  );
  app.post(
    '/api/v3/organisations',
    {
      config: config('organisation.write'),
      schema: {
        tags,
        summary: 'Admit an organisation to the network',
        body: NewOrganisation,
        response: { 201: Organisation },
      },
    },
    async (request, reply) =>
      answer(reply, await members.createOrganisation(request.actor, request.body), 201),
  );
}

function userRoutes(app: App, { members, lists, publicUrl }: MemberRoutes): void {
  app.get(
    '/api/v3/users',
    {
      config: config('user.read'),
      schema: {
        tags,
        summary: 'Users and their roles, one row per membership',
        querystring: Type.Intersect([PageQuery, Type.Object({ organisationId: Type.Optional(Id) })]),
        response: { 200: PageOf(User) },
      },
    },
    async (request, reply) => answer(reply, await lists.users(request.actor, request.query)),
  );
  app.post(
    '/api/v3/users',
    {
      config: config('user.write'),
      schema: {
        tags,
        summary: 'Invite a user; the link is shown once',
        body: NewUser,
        response: { 201: Type.Object({ user: User, link: OneTimeLink }) },
      },
    },
    async (request, reply) =>
      answer(reply, await members.invite(request.actor, request.body, httpOf(request, publicUrl)), 201),
  );
  app.patch(
    '/api/v3/users/:id',
    {
      config: config('user.write'),
      schema: {
        tags,
        summary: 'Change role, disable or enable, take away a lost second factor',
        params,
        body: Type.Object({
          role: Type.Optional(Role),
          disabled: Type.Optional(Type.Boolean()),
          resetTotp: Type.Optional(Type.Literal(true)),
          organisationId: Type.Optional(Id),
        }),
        response: { 200: User },
      },
    },
    async (request, reply) =>
      answer(reply, await members.update(request.actor, request.params.id, request.body)),
  );
  app.post(
    '/api/v3/users/:id/link',
    {
      config: config('user.write'),
      schema: {
        tags,
        summary: 'A new one-time sign-in link; older ones stop working',
        params,
        response: { 200: OneTimeLink },
      },
    },
    async (request, reply) =>
      answer(reply, await members.link(request.actor, request.params.id, httpOf(request, publicUrl))),
  );
}

function grantRoutes(app: App, { grants, lists }: MemberRoutes): void {
  app.get(
    '/api/v3/grants',
    {
      config: config('grant.read'),
      schema: {
        tags,
        summary: 'Sharing grants given and received',
        querystring: PageQuery,
        response: { 200: PageOf(Grant) },
      },
    },
    async (request, reply) => answer(reply, await lists.grants(request.actor, request.query)),
  );
  app.post(
    '/api/v3/grants',
    {
      config: config('grant.write'),
      schema: { tags, summary: 'Share fields of own data', body: NewGrant, response: { 201: Grant } },
    },
    async (request, reply) => answer(reply, await grants.give(request.actor, request.body), 201),
  );
  app.delete(
    '/api/v3/grants/:id',
    {
      config: config('grant.write'),
      schema: { tags, summary: 'Revoke a grant; it ends at once', params, response: { 200: Grant } },
    },
    async (request, reply) => answer(reply, await grants.revoke(request.actor, request.params.id)),
  );
}

/** Links lead to where people are: the configured address, else the one this request came to. */
function httpOf(request: FastifyRequest, publicUrl: string | undefined): string {
  return publicUrl?.replace(/\/$/, '') ?? `${request.protocol}://${request.host}`;
}
