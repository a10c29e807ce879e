import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPhrasebook } from './phrasebook.ts';

const say = createPhrasebook({
  'nothing listens there': '那里没有程序在监听',
  'no answer from {0} within {1} s': '{1} 秒内未收到 {0} 的应答',
  'the connection is lost: {0}': '连接已断开：{0}',
  'the machine said {0}': '机器说：{0}',
  'the machine said no': '机器拒绝',
  '{0} is not known': '{0} 未知',
  'there is no tag "{0}"': '没有标签“{0}”',
  '{0}: {1}': '{0}：{1}',
  '{0} or {1}': '{0} 或 {1}',
  'must be {0}': '应为{0}',
  'name {0}': '（别名 {0}）',
  '{0} is gone': '{0} 不见了',
});

describe('a phrasebook', () => {
  test('says whole sentences, with what was put in at its place', () => {
    expect(say('nothing listens there')).toBe('那里没有程序在监听');
    expect(say('no answer from 10.0.0.5:502 within 3 s')).toBe('3 秒内未收到 10.0.0.5:502 的应答');
    expect(say('DB1.DBW2 is not known')).toBe('DB1.DBW2 未知');
  });

  test('says a fault in a fault', () => {
    expect(say('the connection is lost: no answer from plc within 2 s')).toBe(
      '连接已断开：2 秒内未收到 plc 的应答',
    );
    expect(say('the connection is lost: ECONNRESET')).toBe('连接已断开：ECONNRESET');
  });

  test('takes the sentence that fits best', () => {
    expect(say('the machine said no')).toBe('机器拒绝');
    expect(say('the machine said maybe')).toBe('机器说：maybe');
  });

  test('says what others joined, where it knows a part of it', () => {
    expect(say('PLC-1: nothing listens there')).toBe('PLC-1：那里没有程序在监听');
    expect(say('nothing listens there or PLC-1 is not known')).toBe('那里没有程序在监听或 PLC-1 未知');
    expect(say('PLC-1 is not known: ENOENT: no such file or directory')).toBe(
      'PLC-1 未知：ENOENT: no such file or directory',
    );
    expect(say('PLC-1: EIO: i/o error')).toBe('PLC-1: EIO: i/o error');
  });

  test('sets a space between Chinese and Latin letters, and none within Chinese', () => {
    expect(say('must be 5')).toBe('应为 5');
    expect(say('must be nothing listens there')).toBe('应为那里没有程序在监听');
    expect(say('name 7 is gone')).toBe('（别名 7）不见了');
    expect(say('nothing listens there is not known')).toBe('那里没有程序在监听未知');
  });

  test('leaves names as they are, even those that read like a sentence', () => {
    expect(say('there is no tag "nothing listens there"')).toBe('没有标签“nothing listens there”');
  });

  test('leaves what it does not know, and what only begins like a sentence', () => {
    for (const said of ['', 'quite another thing', 'no answer from 10.0.0.5', ' is not known', 'toString'])
      expect(say(said)).toBe(said);
  });

  test('puts in nothing that was not said, whatever is said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        fc.pre(a !== '' && b !== '' && !a.includes(' within ') && !b.includes(' within '));
        expect(say(`no answer from ${a} within ${b} s`).replaceAll(' ', '')).toBe(
          `${say(b)}秒内未收到${say(a)}的应答`.replaceAll(' ', ''),
        );
      }),
    );
  });

  test('ends on a text of any length and depth', () => {
    const deep = 'the connection is lost: '.repeat(80);
    expect(say(deep)).toContain('连接已断开：连接已断开：');
    expect(say('x'.repeat(1_000_000))).toHaveLength(1_000_000);
    expect(say(': '.repeat(900))).toBe(': '.repeat(900));
  });
});
