import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DriverKind } from '../../edge/src/driver/index.ts';
import { loadDriver } from '../../edge/src/host/index.ts';
import { columnOf, type Table, tablesOf } from './tables.ts';

/** The drivers that a page of docs/edge tells of. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  http: ['http-poll', 'webhook'],
  modbus: ['modbus'],
  mqtt: ['mqtt'],
  mtconnect: ['mtconnect-adapter', 'mtconnect-agent'],
  'opc-ua': ['opc-ua'],
  pulse: ['pulse', 'scanner'],
  s7: ['s7'],
  sparkplug: ['sparkplug-b'],
};
const told = await Promise.all(
  Object.entries(DRIVERS).map(async ([page, names]) => {
    const text = readFileSync(new URL(`../../docs/edge/${page}.md`, import.meta.url), 'utf8');
    return { page, text, tables: tablesOf(text), drivers: await Promise.all(names.map(loadDriver)) };
  }),
);

test.for(told)(
  'docs/edge/$page.md names every setting of its drivers, and no other',
  ({ text, tables, drivers }) => {
    const settings = drivers.flatMap((driver) => Object.keys(propertiesOf(driver)));
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.filter((name) => !new RegExp(`[\`{ ]${name}[\`:]`).test(text))).toEqual([]);
    const named = tables.flatMap((table) => spansIn(table, 'setting'));
    expect(named.filter((name) => !settings.includes(name.split('.')[0] ?? ''))).toEqual([]);
  },
);

test.for(told)('defaults on docs/edge/$page.md are those of the schema', ({ tables, drivers }) => {
  const wrong = tables.flatMap((table) => {
    const [names, defaults] = [columnOf(table, 'setting'), columnOf(table, 'default')];
    return names.flatMap((name, row) => {
      const said = Number(defaults[row]?.replaceAll(',', '') || Number.NaN);
      const own = drivers.map((driver) => propertiesOf(driver)[name.replaceAll('`', '')]?.default);
      const known = own.filter((value) => value !== undefined);
      return known.includes(said) || known.length === 0 ? [] : [`${name}: ${said}, not ${known}`];
    });
  });
  expect(wrong).toEqual([]);
});

const withAddresses = told.filter(({ tables }) => tables.some(({ header }) => header.includes('address')));

test.for(withAddresses)('every address on docs/edge/$page.md is one', ({ tables, drivers }) => {
  const addresses = tables.flatMap((table) => [...spansIn(table, 'address'), ...spansIn(table, 'example')]);
  expect(addresses.length).toBeGreaterThan(0);
  const none = addresses.filter((address) =>
    drivers.every((driver) => driver.checkAddress({ address }) !== undefined),
  );
  expect(none).toEqual([]);
});

function propertiesOf({ settings }: DriverKind): Readonly<Record<string, { readonly default?: unknown }>> {
  return settings.properties as Readonly<Record<string, { readonly default?: unknown }>>;
}

/** What stands as code in a column; a shortened address is told in words, not shown. */
function spansIn(table: Table, header: string): string[] {
  return columnOf(table, header).flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span),
  );
}
