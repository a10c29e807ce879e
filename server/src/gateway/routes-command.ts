import {
  COMMAND_STATES,
  CommandSwitch,
  Id,
  MachineCommand,
  NewMachineCommand,
  OneOf,
  PageOf,
  PageQuery,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { Commands } from './commands.ts';

const tags = ['command'];
const ById = Type.Object({ id: Id });

export function commandRoutes(app: App, commands: Commands): void {
  switchRoutes(app, commands);
  readRoutes(app, commands);
  app.post(
    '/api/v3/machine-commands',
    {
      config: { action: 'command.request' },
      schema: {
        tags,
        summary: 'Ask for a write or call at a machine; a refusal names the condition that does not hold',
        body: NewMachineCommand,
        response: { 201: MachineCommand },
      },
    },
    async ({ actor, body }, reply) => answer(reply, await commands.request(actor, body), 201),
  );
  app.post(
    '/api/v3/machine-commands/:id/approval',
    {
      config: { action: 'command.approve' },
      schema: {
        tags,
        summary: 'The second person approves a dangerous command',
        params: ById,
        response: { 200: MachineCommand },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await commands.approve(actor, params.id)),
  );
  app.post(
    '/api/v3/machine-commands/:id/withdrawal',
    {
      config: { action: 'command.request' },
      schema: {
        tags,
        summary: 'Take back a command that was not handed out yet',
        params: ById,
        response: { 200: MachineCommand },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await commands.withdraw(actor, params.id)),
  );
}

function readRoutes(app: App, commands: Commands): void {
  const config = { action: 'command.read' } as const;
  app.get(
    '/api/v3/machine-commands',
    {
      config,
      schema: {
        tags,
        summary: 'Commands to machines, newest first',
        querystring: Type.Intersect([
          PageQuery,
          Type.Object({
            machineId: Type.Optional(Id),
            gatewayId: Type.Optional(Id),
            state: Type.Optional(OneOf(COMMAND_STATES)),
          }),
        ]),
        response: { 200: PageOf(MachineCommand) },
      },
    },
    async ({ actor, query }, reply) => answer(reply, await commands.list(actor, query)),
  );
  app.get(
    '/api/v3/machine-commands/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One command and what became of it',
        params: ById,
        response: { 200: MachineCommand },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await commands.one(actor, params.id)),
  );
}

function switchRoutes(app: App, commands: Commands): void {
  app.get(
    '/api/v3/machines/:id/command-switch',
    {
      config: { action: 'command.read' },
      schema: {
        tags,
        summary: 'Whether the machine takes commands; off until an owner switches it on',
        params: ById,
        response: { 200: CommandSwitch },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await commands.readSwitch(actor, params.id)),
  );
  app.put(
    '/api/v3/machines/:id/command-switch',
    {
      config: { action: 'command.enable' },
      schema: {
        tags,
        summary: 'Let the machine take commands, or stop it; off withdraws what was not handed out yet',
        params: ById,
        body: Type.Object({ enabled: Type.Boolean() }),
        response: { 200: CommandSwitch },
      },
    },
    async ({ actor, params, body }, reply) =>
      answer(reply, await commands.turnSwitch(actor, params.id, body.enabled)),
  );
}
