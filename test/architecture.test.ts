import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SPINE } from '../server/src/spine.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SERVER = join(ROOT, 'server/src');
const IMPORT =
  /(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|import\s+['"]([^'"]+)['"]/g;
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
const moduleOf = (file: string): string => relative(SERVER, file).split('/')[0] ?? '';

const edges = sources(SERVER).flatMap((file) =>
  importsOf(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => ({ file, target: resolve(dirname(file), target) }))
    .filter(({ target }) => target.startsWith(SERVER) && moduleOf(file).indexOf('.') < 0)
    .map(({ file, target }) => ({
      file: relative(SERVER, file),
      from: moduleOf(file),
      to: moduleOf(target),
      target,
    })),
);
const crossing = edges.filter(
  (edge) => edge.from !== edge.to && (SPINE as readonly string[]).includes(edge.from),
);
const position = (module: string): number => (SPINE as readonly string[]).indexOf(module);

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
          if (!allowed.includes(target)) wrong.push(`${relative(ROOT, file)} → ${target}`);
        }
      }
    }
    expect(seen).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });
});
