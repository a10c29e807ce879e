import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readArguments, UsageFault } from './arguments.ts';

describe('the command line', () => {
  test('needs nothing once the box is a gateway', () => {
    expect(readArguments([])).toMatchObject({
      verb: 'run',
      data: './edge-data',
      local: false,
      statusPort: 8_440,
    });
  });

  test('takes address and code, and forgives a slash at the end', () => {
    const read = readArguments(['--server', 'https://millrace.example/', '--enrol', 'ABCD-EFGH-JKLM']);
    expect(read).toMatchObject({ server: 'https://millrace.example', enrol: 'ABCD-EFGH-JKLM' });
  });

  test('names what is sent again out of the quarantine', () => {
    expect(readArguments(['quarantine', '--data', '/d'])).toEqual({ verb: 'quarantine', data: '/d' });
    const argv = [
      'quarantine',
      'resend',
      '--machine',
      'PRES-1',
      '--as',
      'PRESS-1',
      '--reason',
      'unknown-machine',
    ];
    expect(readArguments(argv)).toMatchObject({
      verb: 'resend',
      selection: { machine: 'PRES-1', as: 'PRESS-1', code: 'unknown-machine' },
    });
  });

  test.each([
    [['--enrol', 'X'], /needs --server/],
    [['--server', 'millrace.example'], /must be an address/],
    [['--server', 'file:///etc/passwd'], /must be an address/],
    [['--local'], /needs --config/],
    [['--status-port', '99999'], /0 to 65535/],
    [['--log-level', 'loud'], /one of debug/],
    [['--colour'], /Unknown option '--colour'/],
    [['start'], /no command "start"/],
    [['check'], /needs one file/],
    [['quarantine', 'empty'], /knows only "resend"/],
    [['quarantine', 'resend', 'M1'], /knows only "resend"/],
    [['quarantine', 'resend', '--as', 'M1'], /--as needs --machine/],
    [['quarantine', 'resend', '--machine', ''], /1 to 64 characters/],
    [['--machine', 'M1'], /belong to "quarantine resend"/],
  ])('refuses %j in one sentence', (argv, words) => {
    expect(() => readArguments(argv)).toThrow(UsageFault);
    expect(() => readArguments(argv)).toThrow(words);
  });

  test('never fails in another way', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '--server',
        '--enrol',
        '--data',
        '--local',
        '--',
        '-h',
        'check',
        'quarantine',
        'resend',
        '--as',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        try {
          readArguments(argv);
        } catch (cause) {
          expect(cause).toBeInstanceOf(UsageFault);
        }
      }),
    );
  });
});
