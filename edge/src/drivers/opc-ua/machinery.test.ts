import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Driver } from '../../driver/index.ts';
import { type FakeHost, farSide, hostFor, scratchFolder, until } from './far-side/far-side.ts';
import { plantOf } from './far-side/plant.ts';
import { driver as opcUa } from './index.ts';

/** The node sets that the workplace keeps; a clone alone does not have them. */
const SHARED = fileURLToPath(new URL('../../../../../shared/data/opcua/', import.meta.url));
const haveShared = existsSync(SHARED);

const ITEM_STATE = ['Mill', 'MachineryBuildingBlocks', 'MachineryItemState', 'CurrentState'];
const MODE = ['Mill', 'MachineryBuildingBlocks', 'MachineryOperationMode', 'CurrentState'];
const label = (text: string) => ({ type: 'LocalizedText', value: { text } }) as const;

describe('a machine of OPC 40001-1 and 40501-1', () => {
  const plant = plantOf({ machines: true });
  let host: FakeHost;
  let driver: Driver;
  let state = '';
  let count = '';

  beforeAll(async () => {
    ({ driver, host } = plant.open());
    await driver.connect();
  });

  test('is found at the root, and offers its state and count with their meaning', async () => {
    const root = (await driver.browse?.(undefined, 100)) ?? [];
    const [mill, lathe] = root;
    expect([mill?.name, lathe?.name]).toEqual(['Mill', 'Lathe']);
    const nodes = (await driver.browse?.(mill?.address, 100)) ?? [];
    expect(nodes.slice(0, 2).map(({ meaning }) => meaning)).toEqual(['state', 'count']);
    state = nodes[0]?.address ?? '';
    count = nodes[1]?.address ?? '';
    expect(state).toMatch(/^machinery:nsu=urn:millrace:test;.*\/state$/);
  });

  test('has the state that the table of the guide says, whatever language the texts are in', async () => {
    await driver.subscribe([{ address: state }, { address: count }]);
    const machinery = 'http://opcfoundation.org/UA/Machinery/';
    const steps: readonly [item: string, mode: string, expected: string][] = [
      ['Executing', 'Processing', 'running'],
      ['NotExecuting', 'Processing', 'idle'],
      ['Executing', 'Setup', 'setup'],
      ['NotExecuting', 'Setup', 'setup'],
      ['OutOfService', 'Setup', 'down'],
      ['NotAvailable', 'None', 'off'],
      ['Not Executing', 'None', 'idle'],
    ];
    for (const [item, mode, expected] of steps) {
      await plant.server.tell({ path: ITEM_STATE, to: label(item) });
      await plant.server.tell({ path: MODE, to: label(mode) });
      await until(`${item} and ${mode}`, () => host.last(0)?.value === expected);
      expect(host.last(0)?.quality).toBe('good');
    }
    // 执行中 means Executing; the Id says so too.
    const own = await driver.browse?.(undefined, 1);
    expect(own).toHaveLength(1);
    await plant.server.tell({ path: ITEM_STATE, to: label('执行中') });
    await plant.server.tell({
      path: [...ITEM_STATE, 'Id'],
      to: { type: 'NodeId', value: `nsu=${machinery};i=5006` },
    });
    await until('the id', () => host.last(0)?.value === 'running');
  });

  test('counts with the counter of its life', async () => {
    const path = ['Mill', 'Production', 'Statistics', 'PartsProducedInLifetime'];
    await plant.server.tell({ path, to: { type: 'UInt32', value: 77 } });
    await until('the count', () => host.last(1)?.value === 77);
    expect((await driver.read([{ address: state }, { address: count }])).map(({ value }) => value)).toEqual([
      'running',
      77,
    ]);
  });

  test('without building blocks has the state of its program and mode, and the count of its only job', async () => {
    const lathe = (await driver.browse?.(undefined, 2))?.[1];
    const nodes = (await driver.browse?.(lathe?.address, 100)) ?? [];
    const address = (meaning: string) => ({
      address: nodes.find((node) => node.meaning === meaning)?.address ?? '',
    });
    const program = ['Lathe', 'Production', 'ActiveProgram', 'State', 'CurrentState'];
    const look = async (): Promise<unknown[]> =>
      (await driver.read([address('state'), address('count')])).map(({ value }) => value);
    await plant.server.tell({
      path: ['Lathe', 'Production', 'ProductionPlan', 'Job 1', 'RunsCompleted'],
      to: { type: 'UInt32', value: 12 },
    });
    await plant.server.tell({ path: program, to: label('Running') });
    await plant.server.tell({
      path: ['Lathe', 'Monitoring', 'MachineTool', 'OperationMode'],
      to: { type: 'Int32', value: 1 },
    });
    expect(await look()).toEqual(['running', 12]);
    await plant.server.tell({
      path: ['Lathe', 'Monitoring', 'MachineTool', 'OperationMode'],
      to: { type: 'Int32', value: 2 },
    });
    expect(await look()).toEqual(['setup', 12]);
  });

  test('has no invented state when the controller gives none', async () => {
    await plant.server.tell({
      path: [...ITEM_STATE, 'Id'],
      to: { type: 'NodeId', value: 'i=0', status: 'BadNoData' },
    });
    await plant.server.tell({ path: ITEM_STATE, to: { ...label(''), status: 'BadNoData' } });
    // Between the two the text that still stands there may be told, which is no state either.
    await until('a bad state', () => host.last(0)?.error?.includes('BadNoData') === true);
    expect(host.last(0)).toMatchObject({ value: null, quality: 'bad' });
    await plant.server.tell({ path: ITEM_STATE, to: label('Dancing') });
    await until('the reason', () => host.last(0)?.error === '"dancing" is no state of a machine');
  });
});

describe('the example machines of the OPC Foundation', () => {
  test.skipIf(!haveShared)(
    `are found in the node sets as published${haveShared ? '' : ' (skipped: ../shared/data/opcua is not here)'}`,
    async () => {
      const folder = await scratchFolder();
      const names = ['Opc.Ua.Di.NodeSet2', 'Opc.Ua.Machinery.NodeSet2', 'Opc.Ua.Machinery.Examples.NodeSet2'];
      const server = await farSide(folder.path, { nodeSets: names.map((name) => `${SHARED}${name}.xml`) });
      const host = hostFor(
        { endpoint: server.endpoint, securityPolicy: 'None', securityMode: 'none' },
        `${folder.path}/connection`,
      );
      const driver = opcUa.open(host);
      try {
        await driver.connect();
        const root = (await driver.browse?.(undefined, 100)) ?? [];
        const machine = root.find(({ name }) => name === 'ExampleMachine01');
        const nodes = (await driver.browse?.(machine?.address, 100)) ?? [];
        expect(nodes[0]).toMatchObject({
          address: `machinery:${machine?.address}/state`,
          meaning: 'state',
        });
        // The published example leaves its state without a value: nothing may be made of that.
        const [state] = await driver.read([{ address: nodes[0]?.address ?? '' }]);
        expect(state).toMatchObject({ value: null, quality: 'bad' });
      } finally {
        await driver.close();
        await server.kill();
        await folder.remove();
      }
    },
  );
});
