import { type EdgeConfig, MachineTemplate } from '@millrace/contract';
import { Errors } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { readText, templateOf, textOf } from './config-text.ts';

const CONFIG: EdgeConfig = {
  v: 1,
  connections: [{ code: 'plc', driver: 'modbus', settings: { host: '192.0.2.1', pollMs: 500 } }],
  machines: [
    {
      machine: 'M-1',
      timeZone: 'Asia/Shanghai',
      tags: [{ name: 'strokes', connection: 'plc', address: '1/holding/0', type: 'uint32' }],
      count: { from: 'counter', tag: 'strokes' },
      commands: [
        {
          code: 'stop',
          connection: 'plc',
          address: '1/coil/0',
          kind: 'write',
          class: 'dangerous',
          interlocks: [],
        },
      ],
    },
  ],
};

describe('a configuration as text', () => {
  it('reads the same whatever order its names were kept in', () => {
    const turned = JSON.parse(JSON.stringify(CONFIG), (_name, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(textOf(turned)).toBe(textOf(CONFIG));
    expect(readText(textOf(CONFIG)).value).toEqual(CONFIG);
  });

  it('knows the line of what a fault names, and of the parent of what is missing', () => {
    const text = textOf(CONFIG);
    const { lineOf } = readText(text);
    const line = text.split('\n').findIndex((one) => one.includes('address: 1/holding/0')) + 1;
    expect(lineOf('/machines/0/tags/0/address')).toBe(line);
    expect(lineOf('/machines/0/tags/0/nothing')).toBe(line - 2);
  });

  it('that is no YAML says where', () => {
    const { faults } = readText('v: 1\nmachines: [\n');
    expect(faults[0]?.line).toBeGreaterThan(1);
  });
});

describe('a machine exported as a template', () => {
  const [machine] = CONFIG.machines;

  it('is one, without code, time zone, connection and commands', () => {
    const template = machine ? templateOf(CONFIG, machine) : null;
    expect(Errors(MachineTemplate, template)).toEqual([]);
    expect(template).toMatchObject({ template: 'm-1', ask: ['host'] });
    expect(Object.keys(template?.machine ?? {}).sort()).toEqual(['count', 'tags']);
  });

  it('is none when it is read over two connections', () => {
    const tag = { name: 'amps', connection: 'meter', address: '1' };
    const two = machine && { ...machine, tags: [...machine.tags, tag] };
    expect(two && templateOf(CONFIG, two)).toBeNull();
  });
});
