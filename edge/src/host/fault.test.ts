import { describe, expect, test } from 'vitest';
import { DriverFault } from '../driver/index.ts';
import { reasonOf } from './fault.ts';

describe('the reason of a fault', () => {
  test('has each cause once, also where a library broke its lines otherwise', () => {
    const library = new TypeError('cannot be established.\n  Please check   the server');
    const fault = new DriverFault('nothing listens there (cannot be established. Please check the server)', {
      cause: library,
    });
    expect(reasonOf(fault)).toBe('nothing listens there (cannot be established. Please check the server)');
    expect(reasonOf(new DriverFault('no answer', { cause: 'the cable is out' }))).toBe(
      'no answer: the cable is out',
    );
  });

  test('has an end, however the causes hang together', () => {
    const ring = new DriverFault('a'.repeat(400));
    ring.cause = new DriverFault('b'.repeat(400), { cause: ring });
    expect(reasonOf(ring)).toHaveLength(500);
  });
});
