import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SPINE } from '../server/src/spine.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SERVER = join(ROOT, 'server/src');
const IMPORT =
  /(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|import\s+['"]([^'"]+)['"]/g;
const EDGE = join(ROOT, 'edge/src');
/** The edge's folders; each imports only those before it. Files of the root put them together and may import all. */
const EDGE_ORDER: readonly string[] = [
  ...['net', 'log', 'document', 'device', 'mtconnect', 'driver', 'poll', 'drivers', 'host', 'expression'],
  ...[
    'machine',
    'rule',
    'store',
    'uplink',
    'intake',
    'identity',
    'secret',
    'config',
    'exchange',
    'command',
    'status',
  ],
];
const DRIVER_DOOR = /\/drivers\/[\w-]+\/index\.ts$/;
/** Which workspaces a workspace may import, by package name. */
const WORKSPACES: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  engine: [],
  server: ['@millrace/contract', '@millrace/engine'],
  console: ['@millrace/contract'],
  sim: ['@millrace/contract'],
  edge: ['@millrace/contract'],
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules') && !file.includes('/dist/'));
}
function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}
const moduleOf = (file: string, root = SERVER): string => relative(root, file).split('/')[0] ?? '';
/** Imports between files below a root; those from one workspace's files to others are no part of it. */
const edgesOf = (root: string) =>
  sources(root).flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => resolve(dirname(file), target))
      .filter((target) => target.startsWith(`${root}/`))
      .map((target) => ({
        file: relative(root, file),
        from: moduleOf(file, root),
        to: moduleOf(target, root),
        target,
      })),
  );
const crossing = edgesOf(SERVER).filter(
  (edge) => edge.from !== edge.to && (SPINE as readonly string[]).includes(edge.from),
);
const position = (module: string): number => (SPINE as readonly string[]).indexOf(module);

const edgeEdges = edgesOf(EDGE).filter(({ file }) => !file.endsWith('.test.ts'));

describe('the house', () => {
  test('the folders of the server are the spine', () => {
    const folders = readdirSync(SERVER).filter((name) => statSync(join(SERVER, name)).isDirectory());
    expect(folders.sort()).toEqual([...SPINE].sort());
  });

  test('imports point upstream and go through the door of the other module', () => {
    expect(crossing.length, 'a check that saw no edges proves nothing').toBeGreaterThan(SPINE.length);
    const downstream = crossing.filter(
      (edge) => position(edge.to) < 0 || position(edge.to) > position(edge.from),
    );
    expect(downstream.map((edge) => `${edge.file} → ${edge.to}`)).toEqual([]);
    const sideways = crossing.filter(
      (edge) => !edge.target.endsWith(`/${edge.to}/index.ts`) && !/\.test\.ts$/.test(edge.file),
    );
    expect(sideways.map((edge) => `${edge.file} → ${relative(SERVER, edge.target)}`)).toEqual([]);
  });

  test('the folders of the edge import those before them, through their doors', () => {
    const folders = readdirSync(EDGE).filter((name) => statSync(join(EDGE, name)).isDirectory());
    expect(folders.sort()).toEqual([...EDGE_ORDER].sort());
    const between = edgeEdges.filter(({ from, to }) => from !== to && EDGE_ORDER.includes(to));
    expect(between.length, 'a check that saw no edges proves nothing').toBeGreaterThan(EDGE_ORDER.length);
    const wrong = between.filter(({ from, to, target }) => {
      const backwards = EDGE_ORDER.includes(from) && EDGE_ORDER.indexOf(to) > EDGE_ORDER.indexOf(from);
      return (
        backwards || (to === 'drivers' ? !DRIVER_DOOR.test(target) : target !== join(EDGE, to, 'index.ts'))
      );
    });
    const upwards = edgeEdges.filter(({ from, to }) => EDGE_ORDER.includes(from) && !EDGE_ORDER.includes(to));
    expect([...wrong, ...upwards].map(({ file, target }) => `${file} → ${relative(EDGE, target)}`)).toEqual(
      [],
    );
  });

  test('drivers do not import each other, except Sparkplug B the broker link that carries it', () => {
    const drivers = join(EDGE, 'drivers');
    const own = edgesOf(drivers).filter(({ from, file }) => from !== file);
    expect(own.length, 'a check that saw no edges proves nothing').toBeGreaterThan(50);
    const across = own.filter(({ from, to }) => from !== to);
    expect(across.map(({ file, target }) => `${file} → ${relative(drivers, target)}`)).toEqual([
      'sparkplug-b/sparkplug-driver.ts → mqtt/index.ts',
    ]);
  });

  test('a door is at most 40 lines', () => {
    const doors = SPINE.map((module) => join(SERVER, module, 'index.ts'));
    expect(doors.filter((door) => readFileSync(door, 'utf8').trimEnd().split('\n').length > 40)).toEqual([]);
  });

  test('every table belongs to one module, and SQL on it stands in that module only', () => {
    const migrations = join(ROOT, 'server/migrations');
    const tables = new Map<string, Set<string>>();
    for (const file of readdirSync(migrations)) {
      for (const [, table] of readFileSync(join(migrations, file), 'utf8').matchAll(
        /CREATE TABLE (?:IF NOT EXISTS )?(\w+)/gi,
      )) {
        if (table) tables.set(table, new Set());
      }
    }
    expect(tables.size).toBeGreaterThan(5);
    for (const file of sources(SERVER).filter((name) => !name.endsWith('.test.ts'))) {
      const text = readFileSync(file, 'utf8');
      for (const [, table] of text.matchAll(
        /\b(?:FROM|JOIN|INTO|UPDATE|TABLE|COPY)\s+(?:ONLY\s+)?([a-z_]+)\b/g,
      )) {
        if (table) tables.get(table)?.add(moduleOf(file));
      }
    }
    const shared = [...tables].filter(([, modules]) => modules.size > 1);
    expect(shared.map(([table, modules]) => `${table}: ${[...modules].join(', ')}`)).toEqual([]);
  });

  test('workspaces import only what lies below them', () => {
    let seen = 0;
    const wrong: string[] = [];
    for (const [workspace, allowed] of Object.entries(WORKSPACES)) {
      for (const file of sources(join(ROOT, workspace))) {
        for (const target of importsOf(file).filter((name) => name.startsWith('@millrace/'))) {
          seen++;
          // A book of sentences is a door of its own, so that it is loaded only where it is read.
          const door = target.replace(/\/words\/[\w.-]+\.json$/, '');
          if (!allowed.includes(door)) wrong.push(`${relative(ROOT, file)} → ${target}`);
        }
      }
    }
    expect(seen).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });
});
