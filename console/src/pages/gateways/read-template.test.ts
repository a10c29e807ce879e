import { describe, expect, it } from 'vitest';
import { textOf } from './config-text.ts';
import { readTemplate } from './read-template.ts';

const GOOD = {
  v: 1,
  template: 'press',
  name: { en: 'Press', 'zh-CN': '冲床' },
  text: { en: 'A press', 'zh-CN': '一台冲床' },
  connection: { driver: 'modbus', settings: { host: '192.0.2.10' } },
  ask: ['host'],
  machine: {
    tags: [{ name: 'strokes', address: '1/holding/0', type: 'uint32' }],
    count: { from: 'counter', tag: 'strokes' },
  },
};
const faultsOf = (value: unknown) => readTemplate(textOf(value)).faults;

describe('a file that is opened as a template', () => {
  it('is taken when it is one', () => {
    expect(readTemplate(textOf(GOOD))).toEqual({ template: GOOD, faults: [] });
  });

  it('is refused with line and path of each place', () => {
    const { template, ask: _gone, ...rest } = GOOD;
    const wrong = {
      ...rest,
      template,
      machine: { ...GOOD.machine, tags: [{ name: 'strokes', type: 'word' }] },
    };
    const text = textOf(wrong);
    const { template: none, faults } = readTemplate(text);
    expect(none).toBeNull();
    const tag = faults.find(({ path }) => path === '/machine/tags/0/type');
    expect(text.split('\n')[(tag?.line ?? 0) - 1]).toContain('type: word');
    expect(faults.map(({ path }) => path)).toContain('/ask');
    expect(new Set(faults.map(({ path }) => path)).size).toBe(faults.length);
  });

  it('says what was written too much, and between which words there was a choice', () => {
    const commands = [{ code: 'stop' }];
    expect(faultsOf({ ...GOOD, machine: { ...GOOD.machine, commands } })).toEqual([
      { path: '/machine/commands', message: 'is not known here', line: expect.any(Number) },
    ]);
    const count = { from: 'counting', tag: 'strokes' };
    expect(faultsOf({ ...GOOD, machine: { ...GOOD.machine, count } })).toEqual([
      { path: '/machine/count/from', message: 'must be one of "counter", "pulse"', line: expect.any(Number) },
    ]);
  });

  it('is refused at its line when it is no YAML, and as a whole when it is something else', () => {
    expect(readTemplate('v: 1\nname: {').faults[0]?.line).toBe(2);
    expect(faultsOf('a photograph')).toEqual([expect.objectContaining({ path: '/', line: 1 })]);
    expect(readTemplate('').faults).toHaveLength(1);
  });
});
