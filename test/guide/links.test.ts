import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });
const texts = new Map(pages.map((page) => [page, withoutBlocks(readFileSync(join(ROOT, page), 'utf8'))]));

test('every relative link leads to a file, and every anchor to a heading of its page', () => {
  const links = pages.flatMap(linksOf);
  expect(links.length).toBeGreaterThan(pages.length);
  expect(links.filter(({ to }) => !leads(to)).map(({ page, to }) => `${page}: ${to}`)).toEqual([]);
});

test('every path of the repository that a page names is there', () => {
  const named = pages.flatMap((page) =>
    [...(texts.get(page) ?? '').matchAll(PATH)].map(([, path = '']) => ({ page, path })),
  );
  expect(named.length).toBeGreaterThan(pages.length);
  const lost = named.filter(({ path }) => !isBuilt(path) && globSync(path, { cwd: ROOT }).length === 0);
  expect(lost.map(({ page, path }) => `${page}: ${path}`)).toEqual([]);
});

/** As code in a text, from the repository's root; `*` stands for any name. */
const PATH = /`((?:bench|console|contract|docs|edge|engine|scripts|server|sim|test)\/[\w./*-]+)`/g;
/** Comes of a command that the page gives. */
const isBuilt = (path: string): boolean => path.split('/')[1] === 'dist';
/** `[words](to)`, also of pictures. */
const LINK = /\]\(([^()\s]+)\)/g;

function linksOf(page: string): { readonly page: string; readonly to: string }[] {
  const found = [...(texts.get(page) ?? '').matchAll(LINK)].map(([, to = '']) => to);
  const relative = found.filter((to) => !/^[a-z]+:/.test(to));
  return relative.map((to) => ({
    page,
    to: to.startsWith('#') ? `${page}${to}` : normalize(join(dirname(page), to)),
  }));
}

function leads(to: string): boolean {
  const [path = '', anchor] = to.split('#');
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || anchorsOf(texts.get(path) ?? '').has(anchor);
}

/** As the forges make them: lower case, without punctuation, hyphens for spaces, numbered where two are the same. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let count = 0;
    while (anchors.has(count === 0 ? anchor : `${anchor}-${count}`)) count++;
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}
