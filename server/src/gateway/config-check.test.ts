import type { EdgeConfig } from '@millrace/contract';
import { describe, expect, test } from 'vitest';
import { CONFIG } from '../../../test/setup/gateway-house.ts';
import { createConfigCheck, type MachineLookup } from './config-check.ts';

const check = createConfigCheck();
const known: MachineLookup = (code) =>
  code === 'M-1' ? { gatewayId: 'gw', zone: 'Asia/Shanghai', retired: false } : undefined;
const faultsOf = (change: (config: EdgeConfig) => void, lookup = known) => {
  const config = structuredClone(CONFIG);
  change(config);
  return check.faults(config, 'gw', lookup).map(({ path, code }) => `${path} ${code}`);
};
const [connection, machine] = [CONFIG.connections[0], CONFIG.machines[0]];
if (!connection || !machine) throw new TypeError('the example is empty');

describe('a configuration', () => {
  test('that is right has no fault', () => {
    expect(faultsOf(() => undefined)).toEqual([]);
  });

  test('is told every name it refers to and that is not there', () => {
    const faults = faultsOf((config) => {
      config.connections.push({ ...connection });
      config.machines[0] = {
        ...machine,
        tags: [
          { name: 'strokes', connection: 'nowhere', address: 'x' },
          { name: 'strokes', connection: 'plc', address: 'y' },
        ],
        count: { from: 'counter', tag: 'pieces' },
        state: { from: 'signal', tag: 'on' },
        energy: { tag: 'wh', kind: 'meter' },
        signals: ['strokes', 'heat'],
        rules: [{ kind: 'threshold', code: 'hot', tag: 'heat', severity: 'info', above: 1 }],
        commands: [
          {
            code: 'stop',
            connection: 'gone',
            address: 'x',
            kind: 'call',
            class: 'normal',
            interlocks: [],
            readBack: { tag: 'off', withinMs: 500 },
          },
        ],
      };
    });
    expect(faults).toEqual([
      '/connections/1/code repeated-name',
      '/machines/0/tags/1/name repeated-name',
      '/machines/0/tags/0/connection unknown-connection',
      '/machines/0/count/tag unknown-tag',
      '/machines/0/energy/tag unknown-tag',
      '/machines/0/state/tag unknown-tag',
      '/machines/0/signals/1 unknown-tag',
      '/machines/0/rules/0/tag unknown-tag',
      '/machines/0/commands/0/connection unknown-connection',
      '/machines/0/commands/0/readBack/tag unknown-tag',
    ]);
  });

  test('names machines in service, of this gateway, in the zone of their site', () => {
    expect(faultsOf((config) => config.machines.push({ ...machine, machine: 'M-2' }))).toEqual([
      '/machines/1/machine unknown-machine',
    ]);
    const as =
      (more: object): MachineLookup =>
      () => ({ gatewayId: 'gw', zone: 'Asia/Shanghai', retired: false, ...more });
    const nothing = (): void => undefined;
    expect(faultsOf(nothing, as({ retired: true }))).toEqual(['/machines/0/machine unknown-machine']);
    expect(faultsOf(nothing, as({ gatewayId: 'other' }))).toEqual(['/machines/0/machine foreign-machine']);
    expect(faultsOf(nothing, as({ gatewayId: null }))).toEqual(['/machines/0/machine foreign-machine']);
    expect(faultsOf(nothing, as({ zone: 'UTC' }))).toEqual(['/machines/0/timeZone wrong-zone']);
  });

  test('has settings that its driver knows, and no open secret in them', () => {
    const settings = (driver: string, given: Record<string, unknown>): string[] =>
      check.settings(driver, given, '').map(({ path, code }) => `${path} ${code}`);
    expect(settings('modbus', { host: 'plc', port: 502 })).toEqual([]);
    expect(settings('modbus', {})).toEqual(['/settings/host wrong-value']);
    expect(settings('modbus', { host: 'plc', 'a/b': 1 })).toEqual(['/settings/a~1b wrong-value']);
    expect(settings('modbus', { host: 'plc', port: 'x' })[0]).toBe('/settings/port wrong-value');
    expect(settings('telepathy', {})).toEqual(['/driver unknown-driver']);
    expect(settings('toString', {})).toEqual(['/driver unknown-driver']);
    expect(settings('npm:@acme/millrace-driver', { anything: 1 })).toEqual([]);
    for (const name of ['npm:', 'npm:..', 'npm:../../etc', 'npm:@/x', 'npm:./a'])
      expect(settings(name, {}), name).toEqual(['/driver unknown-driver']);
    expect(settings('npm:mine', { url: 'ws://a:b@c' })).toEqual(['/settings/url open-secret']);
    expect(
      settings('http-poll', { url: 'http://me:pw@box/', format: 'json', headers: { Authorization: 'x' } }),
    ).toEqual(['/settings/url open-secret', '/settings/headers/Authorization open-secret']);
  });
});
