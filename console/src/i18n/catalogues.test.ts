import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from './en.json' with { type: 'json' };
import zh from './zh-CN.json' with { type: 'json' };

const SOURCES = join(import.meta.dirname, '..');

describe('the catalogues', () => {
  const english = leavesOf(en);
  const chinese = leavesOf(zh);

  it('say the same things in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('fill in the same values in both languages', () => {
    for (const [key, text] of english) {
      expect({ key, values: valuesIn(chinese.get(key) ?? '') }).toEqual({ key, values: valuesIn(text) });
    }
  });

  it('hold no text that is empty or left in the other language', () => {
    for (const [key, text] of [...english, ...chinese])
      expect({ key, empty: text.trim() === '' }).toEqual({ key, empty: false });
    const left = [...english].filter(([, text]) => /\p{Script=Han}/u.test(text));
    expect(left).toEqual([]);
  });

  it('have every key that the pages ask for', () => {
    const asked = keysAskedFor();
    expect(asked.whole.size).toBeGreaterThan(200);
    expect([...asked.whole].filter((key) => !english.has(key))).toEqual([]);
    const groups = [...asked.begun].filter(
      (start) => ![...english.keys()].some((key) => key.startsWith(start)),
    );
    expect(groups).toEqual([]);
  });
});

type Tree = { readonly [key: string]: string | Tree };

function leavesOf(tree: Tree, path = ''): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') leaves.set(here, value);
    else for (const [inner, text] of leavesOf(value, here)) leaves.set(inner, text);
  }
  return leaves;
}

function valuesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
}

/** `t('whole.key')` and the beginning of `t(\`begun.${…}\`)`. */
function keysAskedFor(): { whole: Set<string>; begun: Set<string> } {
  const whole = new Set<string>();
  const begun = new Set<string>();
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file) || file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(SOURCES, file), 'utf8');
    for (const [, key] of text.matchAll(/\bt\(\s*'([^']+)'/g)) if (key) whole.add(key);
    for (const [, start] of text.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)) if (start) begun.add(start);
    for (const [, first, second] of text.matchAll(/\bt\(\s*\w+ \? '([^']+)' : '([^']+)'/g)) {
      if (first) whole.add(first);
      if (second) whole.add(second);
    }
  }
  return { whole, begun };
}
