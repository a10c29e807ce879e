import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MultipartReader } from './multipart-reader.ts';
import { parseAgentDocument } from './streams.ts';

function partsOf(bytes: Buffer, cuts: readonly number[]): string[] {
  const found: string[] = [];
  const reader = new MultipartReader('b', (part) => found.push(part.toString('utf8')));
  let from = 0;
  for (const cut of cuts) {
    reader.push(bytes.subarray(from, from + cut));
    from = Math.min(bytes.length, from + cut);
  }
  reader.push(bytes.subarray(from));
  return found;
}

test('the parts are the same however the stream is cut, with and without their length', () => {
  const texts = fc.array(
    fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('--b')),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.nat(40)),
      fc.boolean(),
      fc.constantFrom('\r\n', '\n'),
      (parts, cuts, lengths, end) => {
        const length = (part: string) => (lengths ? `Content-length: ${Buffer.byteLength(part)}${end}` : '');
        const whole = parts.map(
          (part) => `--b${end}Content-type: text/xml${end}${length(part)}${end}${part}`,
        );
        const found = partsOf(Buffer.from(`${whole.join('')}--b--`), cuts);
        expect(found).toEqual(parts);
      },
    ),
  );
});

test('a part too large or a stream without parts ends in words, not in memory', () => {
  expect(() => partsOf(Buffer.from('--b\r\nContent-length: 99999999\r\n\r\n'), [])).toThrow(SyntaxError);
  expect(() => partsOf(Buffer.alloc(10_000, 'x'), [100])).toThrow(SyntaxError);
  expect(() => partsOf(Buffer.concat([Buffer.from('--b\r\n\r\n'), Buffer.alloc(9_000_000)]), [])).toThrow(
    SyntaxError,
  );
});

test('any document is read or refused in words', () => {
  const piece = fc.constantFrom(
    '<MTConnectStreams>',
    '</MTConnectStreams>',
    '<Header instanceId="1" nextSequence="2"/>',
    '<Streams>',
    '</Streams>',
    '<DeviceStream>',
    '<Events dataItemId="a">',
    '<X dataItemId="a" sequence="1" timestamp="2022">',
    '</X>',
    '<Error errorCode="A"/>',
    '<MTConnectError/>',
    'x',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          expect(['streams', 'error']).toContain(parseAgentDocument(text).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      },
    ),
    { numRuns: 500 },
  );
});
