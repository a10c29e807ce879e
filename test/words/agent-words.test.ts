import { join } from 'node:path';
import { createPhrasebook } from '@millrace/contract';
import book from '@millrace/contract/words/agent.zh-CN.json' with { type: 'json' };
import platform from '@millrace/contract/words/platform.zh-CN.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { agentTexts } from './agent-texts.ts';
import { sourcesIn } from './source.ts';

const AGENT = join(import.meta.dirname, '../../edge/src');
/** The console reads both as one. */
const BOOKS = { ...book, ...platform };
/** What only joins what others say: nobody says it by itself. */
const GLUE = ['{0}: {1}', '{0} ({1})', '{0} or {1}'];

describe('the agent’s sentences in Chinese', () => {
  const said = new Map(
    sourcesIn(AGENT)
      .flatMap(agentTexts)
      .map(({ text, file }) => [text, file]),
  );
  const phrases = new Map(Object.entries(book));

  test('are all that the agent and its drivers can say', () => {
    expect(said.size).toBeGreaterThan(500);
    const missing = [...said].filter(([text]) => !phrases.has(text));
    expect(missing).toEqual([]);
  });

  test('are no more than that', () => {
    const unsaid = [...phrases.keys()].filter((text) => !said.has(text) && !GLUE.includes(text));
    expect(unsaid).toEqual([]);
  });

  test('put in what the English ones put in', () => {
    for (const [text, meaning] of phrases)
      expect({ text, places: placesIn(meaning) }).toEqual({ text, places: placesIn(text) });
  });

  test('are Chinese, and more than a word, so that no name is taken for one', () => {
    for (const [text, meaning] of phrases) {
      expect(text).toMatch(/\s/);
      if (!GLUE.includes(text) && meaning !== 'true 或 false')
        expect({ text, meaning }).toEqual({ text, meaning: expect.stringMatching(/\p{Script=Han}|：/u) });
    }
  });

  test('are found by what is said, and not taken for each other', () => {
    const say = createPhrasebook(BOOKS);
    for (const [text, meaning] of Object.entries(BOOKS)) {
      const whole = say(filled(text));
      if (!GLUE.includes(text)) expect({ text, whole }).toEqual({ text, whole: filled(meaning) });
    }
  });

  test('are said of a fault in a fault', () => {
    const say = createPhrasebook(BOOKS);
    expect(
      say(
        'cannot connect to opc.tcp://10.0.0.5:4840: nothing listens there (connect ECONNREFUSED 10.0.0.5:4840)',
      ),
    ).toBe('无法连接 opc.tcp://10.0.0.5:4840：那里没有程序在监听（connect ECONNREFUSED 10.0.0.5:4840）');
    expect(say('The server at 10.0.0.5:80 refuses the connection: nothing listens on that port')).toBe(
      '服务器 10.0.0.5:80 拒绝连接：该端口没有程序在监听',
    );
    expect(
      say(
        'The agent at 10.0.0.5:5000 refuses the connection: nothing listens on that port: connect ECONNREFUSED',
      ),
    ).toBe('MTConnect 代理 10.0.0.5:5000 拒绝连接：该端口没有程序在监听：connect ECONNREFUSED');
    expect(say("/dev/tty0 does not exist: ENOENT: no such file or directory, stat '/dev/tty0'")).toBe(
      "/dev/tty0 不存在：ENOENT: no such file or directory, stat '/dev/tty0'",
    );
    expect(say('must be a whole number from 1 to 65535')).toBe('应为 1 至 65535 的整数');
    expect(say('must be a whole number from 1 to 5 or true or false')).toBe(
      '应为 1 至 5 的整数或 true 或 false',
    );
    expect(say('must be a list of 1 to 64 entries or true or false')).toBe(
      '应为 1 至 64 项的列表或 true 或 false',
    );
    expect(say('5000, which 50 is at the machine, is not within 0 to 4095')).toBe(
      '5000（机器中 50 对应的原始值）不在 0 至 4095 的范围内',
    );
    expect(say('metric with alias 7 was not in the birth')).toBe('BIRTH 中没有指标（别名 7）');
    expect(say('door is closed: does not hold')).toBe('door is closed：条件不满足');
    expect(say('no answer within 1000 ms, 3 times in a row')).toBe('1000 毫秒内没有应答，连续 3 次');
  });
});

const placesIn = (text: string): string[] => [...new Set(text.match(/\{\d\}/g))].sort();
const filled = (text: string): string => text.replaceAll(/\{(\d)\}/g, (_, number: string) => `⟨${number}⟩`);
