import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDirectory } from './directory.ts';
import type { DirectoryRows } from './store-directory.ts';

const NOTHING: DirectoryRows = {
  calendars: [],
  sites: [],
  workCenters: [],
  machines: [],
  items: [],
  capabilities: [],
};
const machine = (id: number, version: number, gateway: number | null, retired: boolean) => ({
  id: `m${id}`,
  networkId: 'n',
  organisationId: 'o',
  siteId: 's',
  workCenterId: 'w',
  gatewayId: gateway === null ? null : `g${gateway}`,
  code: `C${id}`,
  name: `Machine ${id} at ${version}`,
  calendarId: null,
  countModulus: null,
  retiredAt: retired ? 1 : null,
  version,
});
const change = fc.tuple(fc.nat(4), fc.nat(12), fc.option(fc.nat(2)), fc.boolean());

test('whatever the order in which changes arrive, the directory ends with the newest of each', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      // One row per machine and version: the version is what the network's writers take in turn.
      const rows = new Map(
        changes.map((one) => [`${one[0]} ${one[1]}`, machine(one[0], one[1], one[2], one[3])]),
      );
      const directory = createDirectory('n');
      for (const row of rows.values()) {
        directory.take({ ...NOTHING, machines: [row] }, row.version);
        // Asking in between must not freeze the groups.
        directory.machinesOfGateway('g0');
        directory.machineByCode('o', 'C0');
      }
      const newest = new Map<string, ReturnType<typeof machine>>();
      for (const row of rows.values()) {
        if ((newest.get(row.id)?.version ?? -1) < row.version) newest.set(row.id, row);
      }
      for (const row of newest.values()) {
        expect(directory.machine(row.id)?.name).toBe(row.name);
        expect(directory.machineByCode('o', row.code)?.id).toBe(row.id);
      }
      for (const gateway of ['g0', 'g1', 'g2']) {
        const truth = [...newest.values()].filter(
          (row) => row.gatewayId === gateway && row.retiredAt === null,
        );
        expect(directory.machinesOfGateway(gateway).map((one) => one.id)).toEqual(
          truth.map((row) => row.id).sort(),
        );
      }
    }),
  );
});

test('a site that moves to another zone takes its machines along', () => {
  const site = {
    id: 's',
    networkId: 'n',
    organisationId: 'o',
    code: 'S',
    name: 'S',
    lat: 1,
    lon: 1,
    positionApproximate: false,
    offeredPercent: 100,
    autoAccept: false,
    calendarId: null,
  };
  const directory = createDirectory('n');
  const first = { ...site, zone: 'Asia/Shanghai', version: 1 };
  directory.take({ ...NOTHING, sites: [first], machines: [machine(1, 1, 0, false)] }, 1);
  expect(directory.machine('m1')?.zone).toBe('Asia/Shanghai');
  directory.take({ ...NOTHING, sites: [{ ...first, zone: 'Europe/Berlin', version: 2 }] }, 2);
  expect(directory.machine('m1')?.zone).toBe('Europe/Berlin');
  expect(directory.machinesOfGateway('g0')[0]?.zone).toBe('Europe/Berlin');
});
