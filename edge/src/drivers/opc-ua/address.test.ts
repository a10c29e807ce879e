import fc from 'fast-check';
import { coerceNodeId } from 'node-opcua-client';
import { describe, expect, test } from 'vitest';
import { formatMachinery, formatNode, localNode, parseMethod, parseNode, parseTarget } from './address.ts';
import { driver } from './index.ts';
import { nodeText } from './node-text.ts';

const NAMESPACES = ['http://opcfoundation.org/UA/', 'urn:own', 'urn:maker;line%1'];

describe('an address', () => {
  test('is a node by index or by URI, with any kind of identifier', () => {
    expect(parseNode('i=85')).toEqual({ namespace: 0, id: 'i=85' });
    expect(parseNode('ns=3;s="DB"."Zähler;1"')).toEqual({ namespace: 3, id: 's="DB"."Zähler;1"' });
    expect(parseNode('nsu=urn:maker%3Bline%251;i=7')).toEqual({ namespace: 'urn:maker;line%1', id: 'i=7' });
    expect(parseNode('g=09087e75-8e5e-499b-954f-f2a9603db28a')).toMatchObject({ namespace: 0 });
  });

  test('is refused with what is wrong with it', () => {
    const wrong = (address: string) => driver.checkAddress({ address });
    expect(wrong('Count')).toContain('is no node');
    expect(wrong('ns=2;i=abc')).toContain('whole number');
    expect(wrong('i=4294967296')).toContain('whole number');
    expect(wrong('ns=70000;i=1')).toContain('namespace index');
    expect(wrong('g=1')).toContain('GUID');
    expect(wrong('machinery:ns=2;i=1')).toContain('/state or /count');
    expect(wrong('machinery:ns=2;i=1/energy')).toContain('/state or /count');
    expect(driver.checkAddress({ address: 'ns=2;s=Count', type: 'bcd16' })).toContain('no type of OPC UA');
    expect(wrong('ns=2;s=Count')).toBeUndefined();
    expect(wrong('machinery:nsu=http://maker/a/;s=x/y/state')).toBeUndefined();
  });

  test('of a machine keeps the slashes of its node', () => {
    const machine = formatNode(2, 's=cell/7', NAMESPACES);
    expect(parseTarget(formatMachinery(machine, 'count'))).toEqual({
      kind: 'machinery',
      machine: { namespace: 'urn:maker;line%1', id: 's=cell/7' },
      value: 'count',
    });
  });

  test('of a method may name the object', () => {
    expect(parseMethod('ns=2;s=Line > ns=2;s=Start')).toEqual({
      object: { namespace: 2, id: 's=Line' },
      method: { namespace: 2, id: 's=Start' },
    });
    expect(parseMethod('ns=2;s=Start')).toMatchObject({ object: undefined });
    expect(parseMethod('a > b > c')).toContain('object > method');
    expect(parseMethod('')).toContain('is no node');
  });

  test('written by browsing leads back to the same node', () => {
    const id = fc
      .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
      .map((text) => `s=${text.trim()}x`);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), id, (namespace, text) => {
        const parsed = parseNode(formatNode(namespace, text, NAMESPACES));
        expect(typeof parsed).not.toBe('string');
        if (typeof parsed === 'string') return;
        const local = localNode(parsed, NAMESPACES);
        expect(local).toBe(`ns=${namespace};${text}`);
        expect(nodeText(coerceNodeId(local), NAMESPACES)).toBe(formatNode(namespace, text, NAMESPACES));
      }),
    );
  });

  test('of each kind of identifier goes through the protocol stack unchanged', () => {
    for (const id of ['i=4294967295', 'g=09087E75-8E5E-499B-954F-F2A9603DB28A', 'b=AQIDBA==', 's=a;s=b']) {
      expect(nodeText(coerceNodeId(`ns=1;${id}`), NAMESPACES)).toBe(`nsu=urn:own;${id}`);
    }
  });

  test('of any text is taken or refused, and never more', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const target = parseTarget(text);
        expect(['string', 'object']).toContain(typeof target);
        parseMethod(text);
      }),
    );
  });
});
