import type { MachineRecord, MachineWork, Me } from '@millrace/contract';
import { readConfig } from '../../server/src/kernel/index.ts';
import { openPlatform, type Platform } from '../../server/src/platform.ts';
import { freshDatabase } from '../setup/database.ts';
import type { Client } from './client.ts';
import { type HandClock, handClock } from './clock.ts';
import { minuteOf, type TestMachine } from './machine.ts';
import { createNetwork, createOperator, programOf } from './network.ts';

const MINUTE_MS = 60_000;
/** Minutes between two uploads of a gateway; the platform turns its wheels after each. */
const STEP_MIN = 30;
/** Each module may give work to the ones before it: this many rounds reach from a stopped machine to the new plan. */
const SETTLE_ROUNDS = 3;
/** Monday morning in Europe. */
const START = Date.UTC(2026, 2, 2, 6, 0);

export interface TestFactory {
  readonly organisationId: string;
  readonly siteId: string;
  readonly key: Client;
  readonly machines: readonly TestMachine[];
  send(records: readonly MachineRecord[]): Promise<void>;
}

/** A platform on free ports, an operator, two factories that speak HTTP and MQTT, two buyers, one item. */
export interface World {
  readonly platform: Platform;
  readonly clock: HandClock;
  readonly operator: Client;
  /** Accepts by policy, cheap, gateway over HTTP. */
  readonly near: TestFactory;
  /** Wants to be asked, dearer, gateway over MQTT. */
  readonly far: TestFactory;
  readonly buyer: Client;
  readonly stranger: Client;
  readonly itemId: string;
  /** Everything that was set in motion has come to rest. */
  settle(): Promise<void>;
  /** Domain time passes: machines work and report, the platform counts, forecasts, plans. */
  pass(minutes: number): Promise<void>;
  /** Passes time until it is so; fails loudly after `hours` of domain time. */
  until(what: string, hours: number, isSo: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export class NeverHappened extends Error {
  override readonly name = 'NeverHappened';
}

export async function openWorld(): Promise<World> {
  const database = await freshDatabase();
  const clock = handClock(START);
  const config = readConfig({
    DATABASE_URL: database.adminUrl,
    MILLRACE_HTTP_PORT: '0',
    MILLRACE_MQTT_PORT: '0',
    MILLRACE_LOG_LEVEL: process.env.SPINE_LOG ?? 'silent',
    MILLRACE_OFFER_MINUTES: '600',
  });
  const platform = await openPlatform(config, { clock });
  const http = await platform.app.listen({ host: '127.0.0.1', port: 0 });
  const admin = await createOperator(http, await platform.modules.access.setupLink(http));
  const operator = await programOf(admin, http, undefined, 'operator programs');
  const network = await createNetwork(operator, admin, http, platform.modules.ingest.mqttPort() ?? 0);
  const { networkId } = await admin.get<Me>('/me').then(({ acting }) => acting);
  const factories = [network.near, network.far];

  const settle = async (rounds = SETTLE_ROUNDS): Promise<void> => {
    const { state, execution, matching, shipping } = platform.modules;
    for (let round = 0; round < rounds; round++) {
      await platform.kernel.bus.settle();
      await state.tick();
      await execution.tick();
      await platform.kernel.bus.settle();
      await matching.settle(networkId);
      await shipping.tick();
    }
    await platform.kernel.bus.settle();
  };
  const step = async (): Promise<void> => {
    const fromMs = minuteOf(clock.now());
    clock.advance(STEP_MIN * MINUTE_MS);
    for (const factory of factories) {
      const { rows } = await factory.key.get<{ rows: MachineWork[] }>('/machine-work');
      await factory.send(recordsOf(factory, rows, fromMs));
    }
    await settle(1);
  };
  const pass = async (minutes: number): Promise<void> => {
    for (let done = 0; done < minutes; done += STEP_MIN) await step();
  };
  return {
    platform,
    clock,
    operator,
    ...network,
    settle,
    pass,
    until: async (what, hours, isSo) => {
      for (let done = 0; done < hours * 60; done += STEP_MIN) {
        if (await isSo()) return;
        await step();
      }
      if (!(await isSo())) throw new NeverHappened(`not within ${hours} hours: ${what}`);
    },
    close: async () => {
      await network.far.disconnect();
      await platform.stop();
      await database.drop();
    },
  };
}

function recordsOf(factory: TestFactory, rows: readonly MachineWork[], fromMs: number): MachineRecord[] {
  return factory.machines.flatMap((machine) => {
    const work = rows.filter(({ machineCode }) => machineCode === machine.code);
    return Array.from({ length: STEP_MIN }, (_, minute) => machine.minute(fromMs + minute * MINUTE_MS, work));
  });
}
