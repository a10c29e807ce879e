import { join } from 'node:path';
import { createPhrasebook } from '@millrace/contract';
import book from '@millrace/contract/words/planning.zh-CN.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { sentencesOf } from './sentences.ts';
import { isInside, isNode, type Node, nameOf, propertyOf, type Source, sourcesIn } from './source.ts';

const ENGINE = join(import.meta.dirname, '../../engine/src');
/** What the product's runs go through; the other solvers are used by nobody but the bench. */
const USED = /^(check-snapshot\.ts|matching\/|scheduling\/shop\/)/;
/** Calls that bring a sentence on, as their first argument or their last. */
const FIRST = ['checkUnique', 'unique', 'checkOrder'];

describe('what the planning engine finds impossible, in Chinese', () => {
  const said = new Map(
    sourcesIn(ENGINE)
      .filter(({ file }) => USED.test(file))
      .flatMap((source) => saidIn(source).flatMap((node) => sentencesOf(source, node, () => undefined)))
      .map(({ text, file }) => [text, file]),
  );

  it('is all that it can say', () => {
    expect(said.size).toBeGreaterThan(90);
    expect([...said].filter(([text]) => !(text in book))).toEqual([]);
  });

  it('is no more than that', () => {
    expect(Object.keys(book).filter((text) => !said.has(text))).toEqual([]);
  });

  it('is found by what is said, with what is put in', () => {
    const say = createPhrasebook(book);
    const filled = (text: string) => text.replaceAll(/\{(\d)\}/g, '⟨$1⟩');
    for (const [text, meaning] of Object.entries(book)) {
      expect({ text, whole: say(filled(text)) }).toEqual({ text, whole: filled(meaning) });
      expect(meaning).toMatch(/\p{Script=Han}|^\{0\}：\{1\}$/u);
    }
    expect(say('operation PO-7: M-1 does not work at 2026-03-02T08:00:00.000Z')).toBe(
      '工序 PO-7：M-1 在 2026-03-02T08:00:00.000Z 不工作',
    );
    expect(say('line 4: unknown site S-2')).toBe('订单行 4：没有场地 S-2');
  });
});

/** The expressions that are sentences, or what one begins with. */
function saidIn(source: Source): readonly Node[] {
  return source.nodes.flatMap((node) => {
    const given = (node.arguments ?? []) as readonly Node[];
    const name = nameOf(node.callee) ?? '';
    switch (node.type) {
      case 'CallExpression':
        return name === 'note' ? given.slice(-1) : FIRST.includes(name) ? given.slice(0, 1) : [];
      case 'NewExpression':
        return name === 'SnapshotFault' ? ((given[0]?.elements ?? []) as readonly Node[]) : [];
      case 'ObjectExpression':
        return propertyOf(node, 'subjectId') ? [propertyOf(node, 'detail')].filter(isNode) : [];
      case 'VariableDeclarator':
        return nameOf(node.id) === 'where' && isNode(node.init) ? [node.init] : [];
      case 'MethodDefinition':
        return nameOf(node.key) === 'whyNot' ? answersIn(source, node) : [];
      default:
        return [];
    }
  });
}

function answersIn({ nodes }: Source, method: Node): readonly Node[] {
  return nodes
    .filter((one) => one.type === 'ReturnStatement' && isInside(one, method))
    .flatMap(({ argument }) => (isNode(argument) ? [argument] : []));
}
