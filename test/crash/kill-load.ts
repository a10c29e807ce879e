import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import { openHttpSocket } from '../../bench/load/http-socket.ts';
import type { Seeded } from '../../bench/seed.ts';

const MINUTE_MS = 60_000;

/** What a machine makes is a rule, so that the truth needs no bookkeeping: pieces a minute, all day long. */
export const piecesPerMinute = (gateway: number, machine: number): number =>
  1 + ((gateway * 5 + machine) % 7);

export interface KillLoad {
  /** Minutes (since the epoch) whose upload was acknowledged, by gateway. */
  readonly acknowledged: readonly ReadonlySet<number>[];
  /** Answers that were no acknowledgement: broken connections and 503. */
  readonly failures: () => number;
  stop(): Promise<void>;
}

export interface KillLoadPlan {
  readonly plant: Seeded;
  readonly gateways: number;
  /** The last so many speak MQTT. */
  readonly mqttGateways: number;
  readonly machines: number;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly fromMinute: number;
  /** Minutes since the epoch at which the site's day began, at or before the minute. */
  readonly dayStart: (minute: number) => number;
  readonly random: () => number;
}

/** A pause after a failure, as a gateway makes it; and between uploads, so that two cores serve them all. */
const RETRY_PAUSE_MS = 50;
const PACE_MS = 8;

/** Every gateway sends minute after minute, each one until it is acknowledged; now and then one again that was. */
export function startKillLoad(plan: KillLoadPlan): KillLoad {
  const acknowledged = Array.from({ length: plan.gateways }, () => new Set<number>());
  let stopped = false;
  let failures = 0;
  const upload = (gateway: number, minute: number): string => {
    const since = minute - plan.dayStart(minute) + 1;
    const records = Array.from({ length: plan.machines }, (_, machine) => ({
      machine: plan.plant.machineCode(gateway, machine),
      minute: minute * MINUTE_MS,
      runningS: 60,
      count: since * piecesPerMinute(gateway, machine),
    }));
    return JSON.stringify({ v: 3, records });
  };
  const run = async (gateway: number, send: (body: string) => Promise<boolean>): Promise<void> => {
    const done = acknowledged[gateway] as Set<number>;
    for (let minute = plan.fromMinute; !stopped; minute++) {
      const repeat = plan.random() < 0.1 && minute > plan.fromMinute;
      const wanted = repeat ? [minute, minute - 1] : [minute];
      for (const one of wanted) {
        while (!stopped && !(await send(upload(gateway, one)))) {
          failures++;
          await sleep(RETRY_PAUSE_MS);
        }
        if (!stopped) done.add(one);
      }
      await sleep(PACE_MS);
    }
  };
  const mqttFrom = plan.gateways - plan.mqttGateways;
  const clients: MqttClient[] = [];
  const tasks = acknowledged.map((_, gateway) => {
    const token = plan.plant.gatewayToken(gateway);
    if (gateway < mqttFrom) return run(gateway, httpSender(plan.httpPort, token));
    const client = connect(`mqtt://127.0.0.1:${plan.mqttPort}`, { username: token, reconnectPeriod: 200 });
    // It tries again by itself; why it was cut off is the subject of the test.
    client.on('error', () => undefined);
    clients.push(client);
    return run(gateway, mqttSender(client, `millrace/v3/G${gateway}/records`));
  });
  return {
    acknowledged,
    failures: () => failures,
    stop: async () => {
      stopped = true;
      for (const client of clients) client.end(true);
      await Promise.all(tasks);
    },
  };
}

function httpSender(port: number, token: string): (body: string) => Promise<boolean> {
  const socket = openHttpSocket(port);
  return async (body) => {
    try {
      const answer = await socket.post(token, body);
      if (answer.status !== 200) return false;
      const { received, accepted, duplicate } = JSON.parse(answer.body) as Record<string, number>;
      return received === (accepted ?? 0) + (duplicate ?? 0);
    } catch {
      // The connection broke: not acknowledged, whatever became of it.
      return false;
    }
  };
}

function mqttSender(client: MqttClient, topic: string): (body: string) => Promise<boolean> {
  return (body) =>
    new Promise((resolve) => {
      const gone = (): void => resolve(false);
      client.once('end', gone);
      // Kept and sent again by the client until PUBACK, over any number of connections.
      client.publish(topic, body, { qos: 1 }, (error) => {
        client.off('end', gone);
        resolve(!error);
      });
    });
}
