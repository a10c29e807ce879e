import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression, type ExpressionTag, type ExpressionValue } from './index.ts';

const TAGS: readonly ExpressionTag[] = [
  { name: 'amps', type: 'float32' },
  { name: 'parts', type: 'uint32' },
  { name: 'door', type: 'bool' },
  { name: 'alarm', type: 'uint16', bit: 3 },
  { name: 'mode', type: 'string' },
  { name: 'any' },
];

function evaluate(
  text: string,
  values: Readonly<Record<string, ExpressionValue>>,
): boolean | undefined | string {
  const compiled = compileExpression(text, TAGS);
  return 'fault' in compiled ? compiled.fault.message : compiled.expression.evaluate(values);
}

describe('an expression', () => {
  it.each([
    ['amps > 5', { amps: 5.5 }, true],
    ['amps * 2 > 11', { amps: 5.5 }, false],
    ['2 * amps - 1 == 10', { amps: 5.5 }, true],
    ['parts % 2 == 1', { parts: 7 }, true],
    ['parts == 7 && parts != 8', { parts: 7 }, true],
    ['!door && !alarm', { door: false, alarm: false }, true],
    ['mode == "AUTO" || mode.startsWith("MAN")', { mode: 'MANUAL' }, true],
    ['mode in ["AUTO", "MEM"]', { mode: 'MEM' }, true],
    ['parts in [1.0, 7.0]', { parts: 7 }, true],
    ['any == 3', { any: 3 }, true],
    ['any', { any: true }, true],
    ['door ? amps > 1 : amps > 10', { door: true, amps: 2 }, true],
  ] as const)('%s over %o gives %s', (text, values, result) => {
    expect(evaluate(text, values)).toBe(result);
  });

  it('cannot be told while a tag that matters has no good value', () => {
    expect(evaluate('amps > 5', {})).toBeUndefined();
    expect(evaluate('door && amps > 5', { door: true })).toBeUndefined();
    expect(evaluate('door && amps > 5', { door: false })).toBe(false);
    expect(evaluate('amps > 5 || door', { door: true })).toBe(true);
  });

  it('has no result where the operation has none', () => {
    expect(evaluate('int(amps) / int(parts) > 1', { amps: 4, parts: 0 })).toBeUndefined();
    expect(evaluate('any > 3', { any: 'text' })).toBeUndefined();
    expect(evaluate('any', { any: 3 })).toBeUndefined();
  });

  it('names the tags it looks at', () => {
    const compiled = compileExpression('amps > 5 && (mode == "A" || !door)', TAGS);
    expect('expression' in compiled && [...compiled.expression.tags].sort()).toEqual([
      'amps',
      'door',
      'mode',
    ]);
  });

  it.each([
    ['speed > 5', 'there is no tag "speed"', 0, 5],
    ['amps >', 'Unexpected token: EOF', 6, 6],
    ['amps + 1', 'gives double, not true or false', 0, 8],
    ['door && amps', 'Logical operator requires bool operands, got', 0, 12],
    ['parts in [1, 2]', 'write decimals', 0, 15],
  ] as const)('%s is refused with its place', (text, message, start, end) => {
    const compiled = compileExpression(text, TAGS);
    expect(compiled).toMatchObject({ fault: { message: expect.stringContaining(message), start, end } });
  });

  it.each([
    'mode.matches("(a+)+$")',
    '[1, 2, 3].all(x, x > 1)',
    '[[1, 2], [3]].map(x, x).size() > 1',
    'mode.split("").size() > 1',
    'timestamp("2026-01-01T00:00:00Z").getHours() > 1',
    '{"a": 1}["a"] == 1',
    'any.constructor == 1',
    'any["constructor"] == 1',
    '__proto__ == 1',
    'constructor == 1',
    `${'('.repeat(100)}door${')'.repeat(100)}`,
    `${'!'.repeat(400)}door`,
    `amps > 1${' || amps > 1'.repeat(90)}`,
    `${'door && '.repeat(80)}door`,
    `mode == "${'x'.repeat(600)}"`,
  ])('hostile text %# does not compile', (text) => {
    expect(compileExpression(text, TAGS)).toHaveProperty('fault');
  });

  it('never throws, whatever is written or comes', () => {
    const words = fc.constantFrom(
      ...['amps', 'door', 'mode', 'any', '(', ')', '[', ']', '&&', '||', '!', '-', '>', '==', '+', '*', '/'],
      ...[
        '%',
        '?',
        ':',
        ',',
        '.',
        '1',
        '2.5',
        '"x"',
        'in',
        'size',
        'int',
        'true',
        'null',
        '{',
        '}',
        '\\',
        "'",
      ],
    );
    const text = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.array(words, { maxLength: 30 }).map((list) => list.join(' ')),
    );
    const value = fc.oneof(fc.boolean(), fc.double(), fc.string());
    fc.assert(
      fc.property(text, fc.record({ amps: fc.double(), any: value }), (written, values) => {
        const compiled = compileExpression(written, TAGS);
        if ('fault' in compiled) {
          expect(compiled.fault.message).not.toBe('');
          expect(compiled.fault.start).toBeGreaterThanOrEqual(0);
        } else expect([true, false, undefined]).toContain(compiled.expression.evaluate(values));
      }),
      { numRuns: 500 },
    );
  });
});
