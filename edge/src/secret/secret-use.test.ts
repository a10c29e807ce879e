import { DRIVER_NAMES } from '@millrace/contract';
import { assert, constantFrom, oneof, property, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFor, secretUseOf } from './secret-use.ts';

const nothing = (): boolean => false;
const poll = (url: unknown) => secretUseOf('http-poll', { url, bearer: 'api' }, nothing);

describe('where a secret goes', () => {
  test('is scheme, host and port, whatever the driver calls it and however it is written', () => {
    const cases: readonly [string, object, string][] = [
      ['opc-ua', { endpoint: 'OPC.TCP://Mill-2/UA', user: { password: 'api' } }, 'opc.tcp://mill-2:4840'],
      ['mqtt', { url: 'mqtt://broker', password: 'api' }, 'mqtt://broker:1883'],
      ['sparkplug-b', { url: 'mqtts://[fe80::1]:8884', password: 'api' }, 'mqtts://[fe80::1]:8884'],
      ['http-poll', { url: 'https://MES.plant/x?y#z', bearer: 'api' }, 'https://mes.plant:443'],
      ['webhook', { port: 8081, path: '/', bearer: 'api' }, 'listen:8081'],
    ];
    for (const [driver, settings, address] of cases) {
      const use = secretUseOf(driver, { ...settings }, nothing);
      expect({ driver, names: use.names, address: use.addresses[0] }).toEqual({
        driver,
        names: ['api'],
        address,
      });
    }
  });

  test('is nowhere for a driver that knows no secret, and for settings of any shape', () => {
    for (const driver of DRIVER_NAMES) {
      for (const settings of [{}, { password: 7, bearer: {}, user: null }, { user: 'api' }]) {
        expect(secretUseOf(driver, settings, () => true).names).toEqual([]);
      }
    }
    expect(secretUseOf('modbus', { host: 'api', password: 'api' }, () => true).names).toEqual([]);
  });

  test('of a package is its settings as a whole: whatever is changed, it may be the address', () => {
    const use = (settings: object) => secretUseOf('npm:acme', { ...settings }, (name) => name === 'api');
    const first = use({ server: 'a', login: { key: 'api' } });
    expect(first.names).toEqual(['api']);
    expect(first.addresses).toEqual([expect.stringMatching(/^npm:acme#[0-9a-f]{16}$/), 'npm:acme']);
    expect(use({ server: 'b', login: { key: 'api' } }).addresses[0]).not.toBe(first.addresses[0]);
    expect(secretUseOf('npm:constructor', { key: 'toString' }, nothing).names).toEqual([]);
  });

  test('is no address that two parsers could read as two hosts', () => {
    for (const url of [
      'http://good@evil/',
      'http://good:80@evil/',
      'http://good\\@evil/',
      'http:\\\\evil/',
      'http:///evil/',
      'http://good%40evil/',
      'http://go\tod/',
      ' http://good/',
      'http://good。evil/',
      'good:80',
      undefined,
      { host: 'good' },
    ]) {
      expect({ url, addresses: poll(url).addresses }).toEqual({ url, addresses: [] });
    }
  });

  test('is the host that the driver’s parser finds, in every text that is taken for an address', () => {
    const piece = constantFrom(
      'good',
      'evil',
      '@',
      ':',
      '80',
      '/',
      '\\',
      '?',
      '#',
      '.',
      '[::1]',
      '%',
      '\t',
      '*',
    );
    const rest = oneof(
      string(),
      tuple(piece, piece, piece, piece, piece).map((pieces) => pieces.join('')),
    );
    assert(
      property(rest, (text) => {
        const [exact] = poll(`http://${text}`).addresses;
        if (exact === undefined || !URL.canParse(`http://${text}`)) return;
        expect(new URL(exact).host).toBe(new URL(`http://${text}`).host);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what a secret is for', () => {
  const { addresses } = poll('https://mes.plant:8443/x');
  const matches = (...patterns: string[]): boolean => isFor(patterns, addresses);

  test('may leave out scheme and port, and have stars', () => {
    for (const pattern of [
      'mes.plant',
      'MES.plant:8443',
      'https://mes.plant',
      'https://mes.plant:8443',
      '*.plant',
      '*:8443',
    ]) {
      expect({ pattern, is: matches(pattern) }).toEqual({ pattern, is: true });
    }
    expect(matches('other', '*.plant')).toBe(true);
  });

  test('is nothing else: another scheme, port or a part of a name', () => {
    for (const pattern of [
      'http://mes.plant',
      'mes.plant:443',
      'mes',
      'plant',
      'mesxplant',
      '',
      '.*',
      'mes.plant.*',
    ]) {
      expect({ pattern, is: matches(pattern) }).toEqual({ pattern, is: false });
    }
  });
});
