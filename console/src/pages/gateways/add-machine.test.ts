import type { EdgeConfig } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { addMachine } from './add-machine.ts';
import { type Draft, freshDraft } from './draft.ts';

const draft = (code: string, host: string): Draft => ({
  ...freshDraft(0),
  machine: { id: '1', code, name: code, zone: 'Asia/Shanghai' },
  connection: { code: `${code}-modbus`, driver: 'modbus', settings: { port: 502, host }, ask: [] },
  tags: [{ name: 'pieces', address: '1/holding/0', hint: { en: 'Counter', 'zh-CN': '计数器' } }],
  count: { from: 'counter', tag: 'pieces' },
});

describe('a machine that is added to a configuration', () => {
  const first = addMachine(null, draft('M-1', '192.0.2.1'));

  it('is the first of a gateway without one', () => {
    expect(first.connections).toEqual([
      { code: 'M-1-modbus', driver: 'modbus', settings: { port: 502, host: '192.0.2.1' } },
    ]);
    expect(first.machines[0]?.tags).toEqual([
      { name: 'pieces', address: '1/holding/0', connection: 'M-1-modbus' },
    ]);
  });

  it('shares the connection there is to the same far side', () => {
    const second = addMachine(first, draft('M-2', '192.0.2.1'));
    expect(second.connections).toHaveLength(1);
    expect(second.machines.map(({ machine }) => machine)).toEqual(['M-1', 'M-2']);
    expect(second.machines[1]?.tags[0]?.connection).toBe('M-1-modbus');
  });

  it('replaces what was there under its code, with the connection that nobody else uses', () => {
    const again = addMachine(first, draft('M-1', '192.0.2.9'));
    expect(again.connections.map(({ settings }) => settings.host)).toEqual(['192.0.2.9']);
    expect(again.machines).toHaveLength(1);
  });

  it('stays in its place when it is set up anew, so that the difference is its own', () => {
    const both = addMachine(first, draft('M-2', '192.0.2.1'));
    expect(addMachine(both, draft('M-1', '192.0.2.1'))).toEqual(both);
  });

  it('leaves the connections of others as they are', () => {
    const both = addMachine(first, draft('M-2', '192.0.2.1'));
    const moved = addMachine(both, draft('M-1', '192.0.2.9'));
    expect(moved.connections.map(({ code }) => code)).toEqual(['M-1-modbus', 'M-1-modbus-2']);
    expect(moved.machines.find(({ machine }) => machine === 'M-2')?.tags[0]?.connection).toBe('M-1-modbus');
  });

  it('keeps buffer and intake', () => {
    const config: EdgeConfig = { ...first, buffer: { quotaMiB: 64 } };
    expect(addMachine(config, draft('M-2', '192.0.2.2')).buffer).toEqual({ quotaMiB: 64 });
  });
});
