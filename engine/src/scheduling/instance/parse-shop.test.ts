import { expect, test } from 'vitest';
import { parseShop, shopFormatOf } from './parse-shop.ts';

test('a job shop is read past its captions, machines counted from 0', () => {
  const text = '+++\n instance demo\n#comment\n2 2\n0 3 1 4\r\n1 2  0 5\n\n';
  const parsed = parseShop(text, 'job-shop');
  expect(parsed).toEqual({
    ok: true,
    shop: {
      machines: 2,
      jobs: [
        [[{ machine: 0, duration: 3 }], [{ machine: 1, duration: 4 }]],
        [[{ machine: 1, duration: 2 }], [{ machine: 0, duration: 5 }]],
      ],
    },
  });
  expect(shopFormatOf(text)).toBe('job-shop');
});

test('machines counted from 1 are recognised', () => {
  const text = '2 2 1.5\n1 2 1 3 2 4\n2 1 2 7 1 1 8\n';
  const parsed = parseShop(text, 'flexible');
  expect(parsed).toEqual({
    ok: true,
    shop: {
      machines: 2,
      jobs: [
        [
          [
            { machine: 0, duration: 3 },
            { machine: 1, duration: 4 },
          ],
        ],
        [[{ machine: 1, duration: 7 }], [{ machine: 0, duration: 8 }]],
      ],
    },
  });
  expect(shopFormatOf(text)).toBe('flexible');
});

test.each([
  ['', 'job-shop', 'no-header', 0],
  ['2 1\n0 1\n', 'job-shop', 'missing-jobs', 2],
  ['1 1\n0 1 0\n', 'job-shop', 'bad-row', 2],
  ['1 1\n0 -1\n', 'job-shop', 'bad-row', 2],
  ['1 1\n2 1\n', 'job-shop', 'bad-row', 2],
  ['1 2\n0 1 2 1\n', 'job-shop', 'bad-row', 0],
  ['1 1\n0 1\nwhat\n', 'job-shop', 'bad-number', 3],
  ['1 1\n2 1 0 5\n', 'flexible', 'bad-row', 2],
  ['1 1\n1 2 0 5\n', 'flexible', 'bad-row', 2],
  ['1 1\n1 0\n', 'flexible', 'bad-row', 2],
] as const)('%j as %s is refused as %s in line %i', (text, format, code, line) => {
  expect(parseShop(text, format)).toMatchObject({ ok: false, refusal: { code, line } });
});
