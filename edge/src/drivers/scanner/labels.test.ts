import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_BYTES, KeyboardLabels } from './keyboard-labels.ts';
import { keystrokes } from './keystrokes.fixture.ts';
import { SerialLabels } from './serial-labels.ts';

function serial(chunks: readonly (string | Uint8Array)[], maxLength = 20) {
  const found: string[] = [];
  const labels = new SerialLabels(maxLength, {
    label: (text) => found.push(text),
    refused: (reason) => found.push(`! ${reason}`),
  });
  for (const chunk of chunks) labels.push(Buffer.from(chunk));
  return { found, labels };
}
function keyboard(chunks: readonly Buffer[], maxLength = 20) {
  const found: string[] = [];
  const labels = new KeyboardLabels(maxLength, {
    label: (text) => found.push(text),
    refused: (reason) => found.push(`! ${reason}`),
  });
  for (const chunk of chunks) labels.push(chunk);
  return { found, labels };
}

describe('labels of a serial line', () => {
  test('end with CR, LF, both or ETX, wherever they are cut', () => {
    expect(serial(['40', '06381', '333931\r\nLOT-7\n', '\r', '\u0002X1\u0003']).found).toEqual([
      '4006381333931',
      'LOT-7',
      'X1',
    ]);
  });

  test('keep the group separator of GS1 and no other control character', () => {
    expect(serial(['\u0000]d201095011\u001d10AB\u0007\u001b[A\r']).found).toEqual([
      ']d201095011\u001d10AB[A',
    ]);
    expect(serial(['批次 7\r']).found).toEqual(['批次 7']);
  });

  test('too long, without an end or not UTF-8 are refused, and harm no other label', () => {
    const { found, labels } = serial([
      'x'.repeat(21),
      '\r',
      'x'.repeat(10_000),
      '\rgood\r',
      Uint8Array.of(0xff, 0xfe, 13),
      'half',
    ]);
    labels.pause();
    labels.pause();
    labels.push(Buffer.from('next\r'));
    expect(found).toEqual([
      '! a label longer than 20 characters',
      '! a label longer than 20 characters',
      'good',
      '! a label that is not UTF-8: look at the speed of the line',
      '! a label without an end: set the scanner to send CR after each label',
      'next',
    ]);
  });

  test('of any bytes are bounded and clean, and the same however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const whole = serial([bytes]).found;
        expect(serial([bytes.subarray(0, cut), bytes.subarray(cut)]).found).toEqual(whole);
        for (const label of whole) expect(label.replaceAll('\u001d', '')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('labels of a keyboard', () => {
  test('are what a US keyboard types, each ended by Enter', () => {
    const typed = ['4006381333931', 'Lot-7/A_(b)', '"x":{~}|', ' a b '];
    expect(keyboard([keystrokes(typed.map((text) => `${text}\n`).join(''))]).found).toEqual(typed);
  });

  test('keep the group separator, typed as Control ]', () => {
    expect(keyboard([keystrokes('01095\u001d10A\n')]).found).toEqual(['01095\u001d10A']);
  });

  test('of which the kernel lost keys are refused, the next one is read', () => {
    const dropped = Buffer.alloc(EVENT_BYTES);
    dropped.writeUInt16LE(3, 18);
    const { found } = keyboard([keystrokes('40'), dropped, keystrokes('31\n'), keystrokes('X\n')]);
    expect(found).toEqual(['! keys of a label were lost in the kernel', 'X']);
  });

  test('too long or without Enter are refused', () => {
    const { found, labels } = keyboard([keystrokes(`${'x'.repeat(30)}\nab`)]);
    labels.pause();
    labels.push(keystrokes('c\n'));
    expect(found).toEqual([
      '! a label longer than 20 characters',
      '! a label without an end: set the scanner to send Enter after each label',
      'c',
    ]);
  });

  test('come out as they were typed, however the events are cut', () => {
    const label = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter((text) => /^[ -~]*[!-~][ -~]*$/.test(text));
    fc.assert(
      fc.property(fc.array(label), fc.nat(2_000), (texts, cut) => {
        const bytes = keystrokes(texts.map((text) => `${text}\n`).join(''));
        expect(keyboard([bytes.subarray(0, cut), bytes.subarray(cut)]).found).toEqual(texts);
      }),
    );
  });

  test('of any bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 480 }), (bytes) => {
        for (const label of keyboard([Buffer.from(bytes)]).found) expect(label.length).toBeLessThan(100);
      }),
    );
  });
});
