import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { StartRefusal } from './start-refusal.ts';

test('an empty environment is a complete configuration', () => {
  expect(readConfig({})).toMatchObject({
    databaseUrl: undefined,
    httpPort: 8080,
    mqttPort: 1883,
    clockSpeed: 1,
  });
});

test.each([
  ['MILLRACE_HTTP_PORT', '70000'],
  ['MILLRACE_HTTP_PORT', 'eighty'],
  ['MILLRACE_CLOCK_SPEED', '0'],
  ['DATABASE_URL', 'mysql://db/x'],
  ['MILLRACE_ROLES', 'api,cook'],
  ['MILLRACE_LOG_LEVEL', 'loud'],
])('a wrong %s=%s is one sentence that names the variable', (variable, value) => {
  expect(() => readConfig({ [variable]: value })).toThrow(StartRefusal);
  expect(() => readConfig({ [variable]: value })).toThrow(new RegExp(`^${variable} is .* must be .*\\.$`));
});

test('a password in a wrong address is not repeated', () => {
  expect(() => readConfig({ DATABASE_URL: 'http://user:hunter2@db' })).not.toThrow(/hunter2/);
  expect(() => readConfig({ DATABASE_URL: 'http://user:hunter2@db' })).toThrow(/hidden/);
});
