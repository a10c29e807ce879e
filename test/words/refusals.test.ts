import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from '../../console/src/i18n/en.json' with { type: 'json' };
import {
  OPERATION_TRANSITIONS,
  PRODUCTION_TRANSITIONS,
} from '../../server/src/execution/production-order.ts';
import { sentencesOf } from './sentences.ts';
import { type Node, nameOf, sourcesIn } from './source.ts';

const SERVER = join(import.meta.dirname, '../../server/src');
/** Codes that are put together, and what comes of it; of the statuses of HTTP only the limit of requests is met in a console. */
const PUT_TOGETHER: Readonly<Record<string, readonly string[]>> = {
  '{0}-{1}': [
    ...Object.keys(PRODUCTION_TRANSITIONS).map((state) => `production-order-${state}`),
    ...Object.keys(OPERATION_TRANSITIONS).map((state) => `operation-${state}`),
  ],
  'http-{0}': ['http-429'],
};

test('every refusal of the server has words in the console', () => {
  const unread: string[] = [];
  const codes = sourcesIn(SERVER).flatMap((source) =>
    source.nodes
      .filter(({ type, callee }) => type === 'CallExpression' && nameOf(callee) === 'refuse')
      .flatMap(({ arguments: given }) =>
        sentencesOf(source, (given as readonly Node[])[0] as Node, (file) => unread.push(file)),
      )
      .flatMap(({ text }) => PUT_TOGETHER[text] ?? [text]),
  );
  expect(unread).toEqual([]);
  expect(codes.length).toBeGreaterThan(140);
  expect([...new Set(codes)].filter((code) => !(code in en.refusal))).toEqual([]);
});
