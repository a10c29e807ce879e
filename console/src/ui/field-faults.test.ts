import type { Problem } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { fieldFaults, placeOf } from './field-faults.ts';

const refusal = (...fields: readonly (readonly [string, string])[]): Problem => ({
  type: 'urn:millrace:refusal:invalid-request',
  title: 'invalid request',
  status: 400,
  detail: '',
  code: 'invalid-request',
  fields: fields.map(([pointer, message]) => ({ pointer, message })),
});
const WORDS: Readonly<Record<string, string>> = { lines: 'line', itemId: 'item', code: 'code' };
const place = (pointer: string) => placeOf(pointer, (name) => WORDS[name]);

describe('the fields of a refusal', () => {
  it('stand there once each, with all that is wrong', () => {
    expect(
      fieldFaults(refusal(['/body/code', 'is taken'], ['/body/name', 'is long'], ['/body/code', 'is short'])),
    ).toEqual([
      { pointer: '/body/code', messages: ['is taken', 'is short'] },
      { pointer: '/body/name', messages: ['is long'] },
    ]);
  });

  it('say of a value that may be left empty what it must be', () => {
    const faults = [
      ['/body/weight', 'must be integer'],
      ['/body/weight', 'must be null'],
      ['/body/weight', 'must match a schema in anyOf'],
    ] as const;
    expect(fieldFaults(refusal(...faults))).toEqual([
      { pointer: '/body/weight', messages: ['must be integer'] },
    ]);
  });

  it('leave out that no way fits when the way is told further in', () => {
    const faults = [
      ['/body/value/from', 'is missing'],
      ['/body/value', 'must match a schema in anyOf'],
    ] as const;
    expect(fieldFaults(refusal(...faults))).toEqual([
      { pointer: '/body/value/from', messages: ['is missing'] },
    ]);
  });

  it('are never none when the server told one', () => {
    const one = refusal(['/body/value', 'must match a schema in anyOf']);
    expect(fieldFaults(one)).toEqual([
      { pointer: '/body/value', messages: ['must match a schema in anyOf'] },
    ]);
  });
});

describe('the place of a field', () => {
  it('is told in words, entries of a list counted from one', () => {
    expect(place('/body/code')).toEqual(['code']);
    expect(place('/body/lines/0/itemId')).toEqual(['line 1', 'item']);
    expect(place('/querystring/code')).toEqual(['code']);
    expect(place('/body/lines/11')).toEqual(['line 12']);
  });

  it('stays a pointer where a part of it has no word', () => {
    expect(place('/body/settings/host')).toBeUndefined();
    expect(place('/body/lines/0/strange')).toBeUndefined();
    expect(place('/body/0')).toBeUndefined();
    expect(place('/body')).toBeUndefined();
    expect(place('')).toBeUndefined();
  });
});
