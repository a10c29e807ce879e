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
  ['MILLRACE_TRUST_PROXY', 'true'],
  ['MILLRACE_TRUST_PROXY', '-1'],
  ['MILLRACE_TRUST_PROXY', '11'],
  ['MILLRACE_TRUST_PROXY', '10.0.0.0/33'],
  ['MILLRACE_TRUST_PROXY', '10.0.0.1,proxy.example'],
])('a wrong %s=%s is one sentence that names the variable', (variable, value) => {
  expect(() => readConfig({ [variable]: value })).toThrow(StartRefusal);
  expect(() => readConfig({ [variable]: value })).toThrow(new RegExp(`^${variable} is .* must be .*\\.$`));
});

test.each([
  ['', undefined],
  ['0', undefined],
  ['2', 2],
  ['127.0.0.1', ['127.0.0.1']],
  ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
])('the trusted proxies %s are read as %j', (text, trustProxy) => {
  expect(readConfig({ MILLRACE_TRUST_PROXY: text }).trustProxy).toEqual(trustProxy);
});

test('a password in a wrong address is not repeated', () => {
  expect(() => readConfig({ DATABASE_URL: 'http://user:hunter2@db' })).not.toThrow(/hunter2/);
  expect(() => readConfig({ DATABASE_URL: 'http://user:hunter2@db' })).toThrow(/hidden/);
});
