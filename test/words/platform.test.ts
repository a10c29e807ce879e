import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { yamlFault } from '../../console/src/pages/gateways/yaml-fault.ts';
import { createPhrasebook, type Phrases } from '../../contract/src/index.ts';
import { keywordsIn, keywordsOfContract, messagesOfValidators, provoked } from './keywords.ts';
import { type Sentence, sentencesOf } from './sentences.ts';
import { type Node, nameOf, propertyOf, type Source, sourcesIn } from './source.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Texts that come from elsewhere, and where they are looked for. */
const HANDED_ON: Readonly<Record<string, string>> = {
  'gateway/config-check.ts: message': 'what a validator says',
  'ingest/upload.ts: MESSAGES': 'why a record was rejected has words by its code',
  'orders/import-orders.ts: detail': 'details of refusals, see REFUSED_ROWS',
  'read-template.ts: message': 'what a validator says',
  'registry/import-calendars.ts: detail': 'details of refusals, see REFUSED_ROWS',
  'registry/sheet.ts: message': 'what a cell says, see cell.ts',
};
/** Refusals of these files also become faults of a row in an imported file, by their detail. */
const REFUSED_ROWS: readonly string[] = ['orders/draft.ts', 'orders/submit.ts', 'registry/calendar.ts'];
/** The agent's, that only join what others say. */
const GLUE: readonly string[] = ['{0}: {1}', '{0} ({1})', '{0} or {1}'];

describe('the words of the platform', () => {
  const book = bookOf('platform');
  const unread: string[] = [];
  const schemas = ['contract/src', 'server/src'].flatMap((folder) => sourcesIn(join(ROOT, folder)));
  const said = [
    ...saidBy('server/src', saidInServer, unread),
    ...saidBy('console/src/pages/gateways', saidOfTexts, unread),
    ...messagesOfValidators(schemas).map((text) => ({ text, file: 'a validator' })),
  ];

  it('can all be read from the sources', () => {
    expect(said.length).toBeGreaterThan(120);
    expect([...new Set(unread)].sort()).toEqual(Object.keys(HANDED_ON));
  });

  it('have a Chinese meaning each', () => {
    expect(said.filter(({ text }) => !(text in book))).toEqual([]);
  });

  it('stand in the book only if somebody says them', () => {
    const known = new Set(said.map(({ text }) => text));
    expect(Object.keys(book).filter((sentence) => !known.has(sentence))).toEqual([]);
  });

  it('put in nothing that the English sentence does not have', () => {
    const places = (text: string) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place);
    for (const [sentence, meaning] of Object.entries(book)) {
      const known = places(sentence);
      const more = places(meaning).filter((place) => !known.includes(place));
      const isChinese = /\p{Script=Han}/u.test(meaning);
      expect({ sentence, more, isChinese }).toEqual({ sentence, more: [], isChinese: true });
    }
  });

  it('cover every rule of a schema that a validator can find broken', () => {
    const used = keywordsOfContract();
    const added = schemas.flatMap(keywordsIn);
    expect(used.size).toBeGreaterThan(15);
    expect(added.length).toBeGreaterThan(10);
    expect([...used, ...added].filter((keyword) => !provoked.has(keyword))).toEqual([]);
  });
});

describe('the words of the platform beside those of the agent', () => {
  const platform = bookOf('platform');
  const agent = bookOf('agent');

  it('mean the same where both say the same', () => {
    const both = Object.keys(platform).filter((sentence) => sentence in agent);
    for (const sentence of both)
      expect({ [sentence]: platform[sentence] }).toEqual({ [sentence]: agent[sentence] });
  });

  it('are found by what is said, and not taken for each other', () => {
    const book = { ...agent, ...platform };
    const say = createPhrasebook(book);
    const filled = (text: string) => text.replaceAll(/\{(\d)\}/g, '⟨$1⟩');
    for (const [text, meaning] of Object.entries(book)) {
      if (!GLUE.includes(text))
        expect({ text, whole: say(filled(text)) }).toEqual({ text, whole: filled(meaning) });
    }
  });

  it('are found when a parser adds its own', () => {
    const say = createPhrasebook({ ...agent, ...platform });
    for (const code of ['BAD_INDENT', 'BAD_ALIAS', 'MULTIPLE_DOCS', 'TAG_RESOLVE_FAILED'] as const) {
      const said = say(yamlFault({ code, message: 'Unresolved tag: !x (at 1)' }));
      expect(said).toMatch(/^\P{L}*\p{Script=Han}.*（Unresolved tag: !x \(at 1\)）$/u);
    }
  });
});

function bookOf(speaker: 'agent' | 'platform'): Phrases {
  return JSON.parse(readFileSync(join(ROOT, `contract/words/${speaker}.zh-CN.json`), 'utf8'));
}

function saidBy(
  folder: string,
  expressionOf: (source: Source, node: Node) => Node | undefined,
  unread: string[],
): readonly Sentence[] {
  return sourcesIn(join(ROOT, folder)).flatMap((source) =>
    source.nodes.flatMap((node) => {
      const expression = expressionOf(source, node);
      return expression
        ? sentencesOf(source, expression, (file, text) => unread.push(`${file}: ${text}`))
        : [];
    }),
  );
}

/** Faults with a place or a code of their own, and complaints about rows. A rejected record (by index) has words by its code. */
function saidInServer({ file }: Source, node: Node): Node | undefined {
  const given = (node.arguments ?? []) as readonly Node[];
  if (node.type === 'ObjectExpression' && !propertyOf(node, 'index')) {
    const isFault = propertyOf(node, 'pointer') ?? propertyOf(node, 'code');
    return isFault && propertyOf(node, 'message');
  }
  if (node.type !== 'CallExpression') return undefined;
  if (nameOf(node.callee) === 'add' && given.length === 4) return given[3];
  return nameOf(node.callee) === 'refuse' && REFUSED_ROWS.includes(file) ? given[2] : undefined;
}

/** What the console itself finds in a text before anybody else sees it. */
function saidOfTexts({ file }: Source, node: Node): Node | undefined {
  if (file === 'read-template.ts' && node.type === 'ObjectExpression' && propertyOf(node, 'name')) {
    return propertyOf(node, 'message');
  }
  const isTold = file === 'config-text.ts' || file === 'yaml-fault.ts';
  return isTold && node.type === 'VariableDeclarator' && /^(message|YAML_FAULTS)$/.test(nameOf(node.id) ?? '')
    ? (node.init as Node)
    : undefined;
}
