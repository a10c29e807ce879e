import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from './index.ts';

function read(chunks: readonly Buffer[], maxBytes: number): { lines: string[]; tooLong: number } {
  const found = { lines: [] as string[], tooLong: 0 };
  const reader = new LineReader(maxBytes, {
    line: (text) => found.lines.push(text),
    tooLong: () => {
      found.tooLong += 1;
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  return found;
}

test('lines are the same however the stream is cut', () => {
  const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, '')));
  fc.assert(
    fc.property(lines, fc.array(fc.nat(50)), fc.constantFrom('\n', '\r\n'), (texts, cuts, end) => {
      const bytes = Buffer.from(texts.map((text) => text + end).join(''));
      const chunks: Buffer[] = [];
      let from = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(from, from + cut));
        from = Math.min(bytes.length, from + cut);
      }
      chunks.push(bytes.subarray(from));
      expect(read(chunks, 1_000_000).lines).toEqual(texts);
    }),
  );
});

test('a line beyond the bound is thrown away as a whole and the next one is read', () => {
  const found = read(
    [Buffer.from('ab'), Buffer.from('cdefgh'), Buffer.from('ij\nshort\n'), Buffer.from('rest')],
    6,
  );
  expect(found).toEqual({ lines: ['short'], tooLong: 1 });
});
