import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeText,
  parsePointer,
  parseXml,
  parseXmlPath,
  resolvePointer,
  resolveXmlPath,
  takeJson,
  takeText,
} from './index.ts';

describe('a value', () => {
  test('is a number where it reads as one, else the text it is', () => {
    expect(takeText('12.50').value).toBe(12.5);
    expect(takeText('-3e2').value).toBe(-300);
    expect(takeText('007').value).toBe('007');
    expect(takeText('ACTIVE').value).toBe('ACTIVE');
    expect(takeText('').value).toBe('');
  });

  test('has the type of its tag or is bad with the reason', () => {
    expect(takeText('0042', 'uint16').value).toBe(42);
    expect(takeText('70000', 'uint16')).toMatchObject({ value: null, quality: 'bad', error: /fit uint16/ });
    expect(takeText('1.5', 'int32')).toMatchObject({ quality: 'bad' });
    expect(takeText('ON', 'bool').value).toBe(true);
    expect(takeText('12', 'string').value).toBe('12');
    expect(takeText('12', 'bcd16').quality).toBe('bad');
    expect(takeJson('12').value).toBe('12');
    expect(takeJson('12', 'int16').value).toBe(12);
    expect(takeJson(true, 'int16').quality).toBe('bad');
    expect(takeJson(1, 'bool').value).toBe(true);
    expect(takeJson(null)).toMatchObject({ value: null, quality: 'bad' });
    expect(takeJson([1])).toMatchObject({ value: null, error: 'a list, not a single value' });
  });

  test('beyond 2^53 is bad, not rounded', () => {
    expect(takeText('9007199254740993').quality).toBe('bad');
    expect(takeJson(2 ** 53, 'uint64').quality).toBe('bad');
    expect(takeText('9007199254740991', 'int64').value).toBe(9_007_199_254_740_991);
  });

  test('is null exactly where it is bad, whatever the far side says', () => {
    const types = fc.constantFrom(undefined, 'bool', 'int16', 'uint64', 'float32', 'bcd32', 'string');
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String)),
        fc.jsonValue(),
        types,
        (text, json, type) => {
          for (const taken of [takeText(text, type as 'bool'), takeJson(json, type as 'bool')]) {
            expect(taken.value === null).toBe(taken.quality === 'bad');
            expect(taken.error !== undefined).toBe(taken.quality === 'bad');
          }
        },
      ),
    );
  });
});

describe('a JSON pointer', () => {
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, ' ': 7 };

  test('resolves as in the examples of RFC 6901 §5', () => {
    const found = (text: string) => resolvePointer(document, parsePointer(text) ?? ['?']);
    expect(found('#')).toBe(document);
    expect(found('/foo/0')).toBe('bar');
    expect(found('/')).toBe(0);
    expect(found('/a~1b')).toBe(1);
    expect(found('/m~0n')).toBe(8);
    expect(found('/ ')).toBe(7);
    expect(found('/foo/2')).toBeUndefined();
    expect(found('/foo/01')).toBeUndefined();
    expect(found('/foo/length')).toBeUndefined();
    expect(found('/constructor/name')).toBeUndefined();
  });

  test('with a wrong escape or without a slash is none', () => {
    expect(parsePointer('/a~2')).toBeUndefined();
    expect(parsePointer('a/b')).toBeUndefined();
  });

  test('finds every property of any document', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        for (const [key, value] of Object.entries(object)) {
          const tokens = parsePointer(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
          expect(resolvePointer(object, tokens ?? [])).toBe(value);
        }
      }),
    );
  });
});

describe('an XML document', () => {
  const root = parseXml(
    `<?xml version="1.0"?><m:a xmlns:m="urn:x" note="1 &lt; 2"><b c="x">eins</b><b c="y/z">zw&#101;i<i>k</i></b><![CDATA[<c>]]></m:a>`,
  );
  const found = (text: string) => {
    const path = parseXmlPath(text);
    return path === undefined ? 'no path' : resolveXmlPath(root, path);
  };

  test('is read by path, position and attribute', () => {
    expect(found('/a')).toBe('<c>');
    expect(found('/a/@note')).toBe('1 < 2');
    expect(found('/a/b')).toBe('eins');
    expect(found('/a/b[2]')).toBe('zwei');
    expect(found('/a/b[2]/@c')).toBe('y/z');
    expect(found("/a/b[@c='y/z']/i")).toBe('k');
    expect(found('/a/b[3]')).toBeUndefined();
    expect(found('/b')).toBeUndefined();
  });

  test.each(['a/b', '/', '//a', '/a//b', '/a/', '/a[0]', '/@c', "/a[@b='c]", '/a/@b/c', "/a'b"])(
    '%s is no path',
    (text) => {
      expect(found(text)).toBe('no path');
    },
  );

  test('with a document type is refused, so that no entity is ever expanded', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(99)}">]><a>&b;&b;</a>`;
    expect(() => parseXml(bomb)).toThrow(/document type/);
  });

  test('keeps an unknown entity as it is written', () => {
    expect(parseXml('<a>&amp;lt; &unknown; &#x110000;</a>').text).toBe('&lt; &unknown; &#x110000;');
  });

  test.each([
    '',
    'nonsense',
    '<a>',
    '<a></b>',
    '<a b=1></a>',
    '{"a":1}',
    `${'<a>'.repeat(70)}${'</a>'.repeat(70)}`,
  ])('that is none is a syntax error in words: %#', (text) => {
    expect(() => parseXml(text)).toThrow(SyntaxError);
  });

  test('with hostile names does no harm', () => {
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
      try {
        parseXml(`<a ${name}="1"><${name}>x</${name}></a>`);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
      expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    }
  });

  test('that is rubbish never throws anything else', () => {
    const piece = fc.constantFrom(
      '<a',
      '>',
      '</a>',
      '<b c="',
      '"',
      '&lt;',
      '<![CDATA[',
      ']]>',
      '<?',
      '<!--',
      'x',
      '/',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            expect(parseXml(text).name.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is decoded in the character set it declares', () => {
    expect(
      decodeText(Buffer.from('<?xml version="1.0" encoding="GB2312"?><a>\xc5\xfa</a>', 'latin1'), 'text/xml'),
    ).toContain('批');
    expect(decodeText(Buffer.from('Öl', 'latin1'), 'text/plain; charset=iso-8859-1')).toBe('Öl');
    expect(decodeText(Buffer.from('Öl'), undefined)).toBe('Öl');
    expect(() => decodeText(Buffer.from('x'), 'text/plain; charset=x-none')).toThrow(RangeError);
  });
});
