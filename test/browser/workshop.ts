import { join } from 'node:path';
import type { OneTimeLink, User } from '@millrace/contract';
import { type AgentPlant, type AgentProcess, openAgentPlant } from '../setup/agent-plant.ts';
import { fetchUnshed } from '../setup/fetch-unshed.ts';

export type Shopfloor = 'owner' | 'planner';

/** A factory with people, a controller that counts, and a box that somebody can type a command at. */
export interface Workshop {
  readonly plant: AgentPlant;
  readonly http: string;
  /** A fresh one-time link; each works once. */
  linkOf(person: Shopfloor): Promise<string>;
  /** What the console says to type, typed: the agent as a process of its own. */
  startAgent(code: string): AgentProcess;
  /** Where the agent that was started with the code keeps what it must not forget. */
  boxFolder(code: string): string;
  close(): Promise<void>;
}

/** A stroke each half second. */
const STROKE_MS = 500;
const AGENT = 'edge/src/main.ts';

export async function openWorkshop(): Promise<Workshop> {
  const plant = await openAgentPlant();
  const { http, organisations } = plant.platform;
  const people = {
    owner: await invite(plant, 'owner', organisations.F1),
    planner: await invite(plant, 'planner', organisations.F1),
  };
  plant.registers.writeUInt32BE(4_711, 0);
  const press = setInterval(() => {
    plant.registers.writeUInt32BE(plant.registers.readUInt32BE(0) + 1, 0);
  }, STROKE_MS);
  const boxFolder = (code: string): string => join(plant.folder, code);
  return {
    plant,
    http,
    linkOf: async (person) => {
      const { body } = await plant.desk('POST', `/users/${people[person]}/link`, {});
      const { pathname, search } = new URL((body as OneTimeLink).url);
      return pathname + search;
    },
    boxFolder,
    startAgent: (code) => {
      const folder = ['--data', boxFolder(code), '--status-port', '0'];
      return plant.run([AGENT, '--server', http, '--enrol', code, ...folder]);
    },
    close: async () => {
      clearInterval(press);
      await plant.close();
    },
  };
}

/** Invited and already through the first door. */
async function invite(plant: AgentPlant, role: Shopfloor, organisationId: string): Promise<string> {
  const made = await plant.desk('POST', '/users', {
    email: `${role}@workshop.example`,
    name: `The ${role}`,
    role,
    organisationId,
  });
  const { user, link } = made.body as { user: User; link: OneTimeLink };
  await fetchUnshed(`${plant.platform.http}/api/v3/sign-in/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-millrace-csrf': '1' },
    body: JSON.stringify({
      token: new URL(link.url).searchParams.get('token'),
      password: `long enough for ${role}`,
    }),
  });
  return user.id;
}
