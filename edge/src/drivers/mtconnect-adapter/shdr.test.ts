import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MtconnectEntry, parseTime } from '../../mtconnect/index.ts';
import { AdapterStream } from './adapter-stream.ts';
import { parseShdrLine } from './shdr.ts';

/** What a stream says, one `key=value` a piece. */
function said(...chunks: readonly (string | Buffer)[]): {
  entries: string[];
  unreadable: number;
  pongs: number[];
} {
  const found = { entries: [] as string[], unreadable: 0, pongs: [] as number[] };
  const stream = new AdapterStream({
    entries: (entries) => found.entries.push(...entries.map(({ key, text }) => `${key}=${text}`)),
    pong: (ms) => found.pongs.push(ms),
    unreadable: () => {
      found.unreadable += 1;
    },
  });
  for (const chunk of chunks) stream.push(Buffer.from(chunk));
  return found;
}
const entries = (line: string): readonly MtconnectEntry[] | string => {
  const parsed = parseShdrLine(line);
  return parsed.kind === 'values' ? parsed.entries : parsed.kind;
};

describe('a line of SHDR', () => {
  test('has a time, keys and values, some of them empty', () => {
    expect(parseShdrLine('2022-08-08T13:51:34.7167146Z|avail|AVAILABLE|p1block||ppartcount| 3 ')).toEqual({
      kind: 'values',
      at: Date.parse('2022-08-08T13:51:34.716Z'),
      entries: [
        { key: 'avail', text: 'AVAILABLE' },
        { key: 'p1block', text: '' },
        { key: 'ppartcount', text: '3' },
      ],
    });
  });

  test.each([
    ['2022-08-08T13:51:34Z', '2022-08-08T13:51:34.000Z'],
    ['2022-08-08T13:51:34.5', '2022-08-08T13:51:34.500Z'],
    ['2022-08-08T13:51', '2022-08-08T13:51:00.000Z'],
    ['2022-08-08T13:51:34.123456+02:00', '2022-08-08T11:51:34.123Z'],
    ['2022-08-08T13:51:34-0530', '2022-08-08T19:21:34.000Z'],
    ['2022-08-08T13:51:34.7167146Z@100.5', '2022-08-08T13:51:34.716Z'],
  ])('tells the time as %s', (text, expected) => {
    expect(new Date(parseTime(text) ?? 0).toISOString()).toBe(expected);
  });

  test('without a time, or with one since the start of the adapter, leaves it to the reader', () => {
    expect(parseShdrLine('|a|1')).toEqual({ kind: 'values', entries: [{ key: 'a', text: '1' }] });
    expect(parseShdrLine('1234.5|a|1')).toEqual({ kind: 'values', entries: [{ key: 'a', text: '1' }] });
  });

  test('may hold escaped pipes in quotes, and backslashes and quotes outside of them', () => {
    expect(entries('|text|"a \\| b"|x|1')).toEqual([
      { key: 'text', text: 'a | b' },
      { key: 'x', text: '1' },
    ]);
    expect(entries('|path|C:\\|x|"open')).toEqual([
      { key: 'path', text: 'C:\\' },
      { key: 'x', text: '"open' },
    ]);
  });

  test('of six fields with a level is a condition, of three a message, of numbers a time series', () => {
    expect(parseShdrLine('|coolant|fault|12|HIGH||low level')).toMatchObject({
      kind: 'condition',
      condition: { level: 'FAULT', code: '12', text: 'low level' },
    });
    expect(entries('|door|UNAVAILABLE|mode|AUTO|execution|READY')).toHaveLength(3);
    expect(entries('|msg|A12|Close the door')).toEqual([
      { key: 'msg#code', text: 'A12' },
      { key: 'msg', text: 'Close the door' },
    ]);
    expect(entries('|vibration|3|100|0.1 0.2 0.3')).toBe('skipped');
  });

  test.each(['', 'x', 'GET / HTTP/1.1', '2022-13-45T99:99:99Z|a|1', 'time|a|1', '|a', '||1', '|a|1|b|2|c'])(
    'that is none is unreadable, not a value: %s',
    (line) => {
      expect(parseShdrLine(line).kind).toBe('unreadable');
    },
  );
});

describe('the stream of an adapter', () => {
  test('skips assets over all their lines and goes on behind them', () => {
    const asset = '|@ASSET@|1|CuttingTool|--multiline--AB\n<a>\n|count|99\n</a>\n--multiline--AB\n';
    expect(said(`${asset}|@REMOVE_ASSET@|1\n|count|1\n`).entries).toEqual(['count=1']);
  });

  test('an asset whose end was lost does not swallow the machine for ever', () => {
    const lines = '|count|1\n'.repeat(10_001);
    expect(said(`|@ASSET@|1|T|--multiline--AB\n${lines}`).entries.length).toBe(1);
  });

  test('keeps several active alarms apart: the worst is the level until each is over', () => {
    const levels = said(
      '|c|WARNING|1|||a\n|c|FAULT|2|||b\n|c|NORMAL|2|||\n|c|NORMAL||||\n|c|UNAVAILABLE||||\n',
    ).entries.filter((entry) => entry.startsWith('c='));
    expect(levels).toEqual(['c=WARNING', 'c=FAULT', 'c=WARNING', 'c=NORMAL', 'c=UNAVAILABLE']);
  });

  test('hears the heartbeat, and no nonsense as one', () => {
    expect(said('* PONG 10000\n* PONG\n* PONG 0\n* PONG 99999999\n* shdrVersion: 2\n').pongs).toEqual([
      10_000,
    ]);
  });

  test('gives up on a far side that speaks something else, whatever its lines', () => {
    expect(said('HTTP/1.1 400 Bad Request\n'.repeat(100)).unreadable).toBe(1);
    expect(said(`${'x'.repeat(300_000)}\n`.repeat(100)).unreadable).toBe(1);
  });

  test('is the same however it is cut, and never throws', () => {
    const piece = fc.constantFrom(
      '|',
      '\n',
      'a',
      '1',
      '*',
      '@',
      '"',
      '\\|',
      'FAULT',
      '--multiline--A',
      '* PONG 100',
      '2022-08-08T13:51:34Z',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, fc.nat(200), (line, cut) => {
        const bytes = Buffer.from(`${line}\n|end|1\n`);
        expect(said(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(said(bytes));
      }),
      { numRuns: 500 },
    );
  });
});
