import { connectAsync } from 'mqtt';
import { openHallBroker } from './broker.ts';
import { type OpenFarSide, type Reading, STATE_BY_WORD } from './far-side.ts';

/** Said again although nothing changed: a retained value without a time would be of unknown age. */
const AGAIN_MS = 2_000;

/** Machines that publish JSON to the hall's broker whenever something changed. */
export const openMqttJson: OpenFarSide = async (_machines, folder) => {
  const broker = await openHallBroker(folder);
  const client = await connectAsync(broker.url, { clientId: 'machines' });
  const shown = new Map<string, { readonly payload: string; readonly at: number }>();
  return {
    connection: {
      code: 'hall-mqtt',
      driver: 'mqtt',
      settings: { url: broker.url, form: 'json', topics: ['hall/+/status'] },
    },
    mapping: (machine) => {
      const tag = (name: string, pointer: string) => ({
        name,
        connection: 'hall-mqtt',
        address: `hall/${machine}/status#${pointer}`,
      });
      return {
        tags: [
          tag('pieces', '/pieces'),
          tag('state', '/state'),
          { ...tag('energy', '/energy/wh'), unit: 'W.h' },
        ],
        count: { from: 'counter', tag: 'pieces' },
        state: STATE_BY_WORD,
        energy: { tag: 'energy', kind: 'meter' },
      };
    },
    show: (machine, reading) => {
      const payload = payloadOf(reading);
      const before = shown.get(machine);
      const at = Date.now();
      if (before?.payload === payload && at - before.at < AGAIN_MS) return;
      shown.set(machine, { payload, at });
      client.publish(`hall/${machine}/status`, payload, { qos: 1 });
    },
    close: async () => {
      await client.endAsync(true);
      await broker.close();
    },
  };
};

const payloadOf = ({ pieces, state, energyWh }: Reading): string =>
  JSON.stringify({ pieces, state, energy: { wh: energyWh } });
