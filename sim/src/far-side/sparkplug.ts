import sparkplug from 'sparkplug-client';
import { openHallBroker } from './broker.ts';
import { type OpenFarSide, type Reading, STATE_BY_STATUS, statusOf } from './far-side.ts';

const GROUP = 'demonstration';
const NODE = 'line';
type Metric = NonNullable<sparkplug.UPayload['metrics']>[number];

/** An edge node with a device for each machine; born again whenever the host asks. [Sparkplug 3.0 §6.4] */
export const openSparkplug: OpenFarSide = async (machines, folder) => {
  const broker = await openHallBroker(folder);
  const client = sparkplug.newClient({
    serverUrl: broker.url,
    username: '',
    password: '',
    groupId: GROUP,
    edgeNode: NODE,
    clientId: `${GROUP}-${NODE}`,
    publishDeath: true,
  });
  const shown = new Map<string, Reading>();
  let isBorn = false;
  const birth = (): void => {
    isBorn = true;
    const rebirth: Metric = { name: 'Node Control/Rebirth', type: 'Boolean', value: false };
    client.publishNodeBirth({ timestamp: Date.now(), metrics: [rebirth] });
    for (const machine of machines) {
      const reading = shown.get(machine) ?? { pieces: 0, state: 'off' as const, energyWh: 0 };
      client.publishDeviceBirth(machine, { timestamp: Date.now(), metrics: metricsOf(reading) });
    }
  };
  client.on('birth', birth);
  client.on('ncmd', birth);
  client.on('offline', () => {
    isBorn = false;
  });
  client.on('error', () => {
    isBorn = false;
  });
  return {
    connection: {
      code: 'hall-sparkplug',
      driver: 'sparkplug-b',
      settings: { url: broker.url, hostId: 'millrace', groups: [GROUP] },
    },
    mapping: (machine) => {
      const tag = (name: string, metric: string) => ({
        name,
        connection: 'hall-sparkplug',
        address: `${GROUP}/${NODE}/${machine}/${metric}`,
      });
      return {
        tags: [
          tag('pieces', 'Counters/Good'),
          tag('status', 'Status'),
          { ...tag('energy', 'Energy/Wh'), unit: 'W.h' },
        ],
        count: { from: 'counter', tag: 'pieces' },
        state: STATE_BY_STATUS,
        energy: { tag: 'energy', kind: 'meter' },
      };
    },
    show: (machine, reading) => {
      const before = shown.get(machine);
      shown.set(machine, reading);
      const metrics = metricsOf(reading).filter(
        ({ value }, index) => before === undefined || metricsOf(before)[index]?.value !== value,
      );
      if (isBorn && metrics.length > 0) client.publishDeviceData(machine, { timestamp: Date.now(), metrics });
    },
    close: async () => {
      client.stop();
      await broker.close();
    },
  };
};

const metricsOf = ({ pieces, state, energyWh }: Reading): Metric[] => [
  { name: 'Counters/Good', type: 'UInt32', value: pieces % 2 ** 32 },
  { name: 'Status', type: 'UInt8', value: statusOf(state) },
  { name: 'Energy/Wh', type: 'Double', value: energyWh },
];
