import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLog } from '../log/index.ts';
import { openSecrets, type SecretGrant } from './index.ts';

let folder: string;
let path: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-secrets-'));
  path = join(folder, 'secrets.yaml');
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As after a restart of the agent. */
const open = () =>
  openSecrets(folder, openLog({ level: 'info', write: (line) => said.push(line), now: Date.now }));
const write = (text: string): void => writeFileSync(path, text, { mode: 0o600 });
const at = (url: string, secrets = open(), name = 'api'): SecretGrant =>
  secrets.grant('http-poll', { url, format: 'json', bearer: name });
const sentTo = (grant: SecretGrant, name = 'api'): string | undefined => grant.values[name];

describe('secrets.yaml', () => {
  test('is closed to others, and read anew when it changes', () => {
    const secrets = open();
    expect(at('http://a', secrets).withheld.api).toMatch(/no entry "api".*api: …/);
    write('api: hunter2\npin: 1234\n');
    chmodSync(path, 0o644);
    expect(sentTo(at('http://a', secrets))).toBe('hunter2');
    expect(sentTo(at('http://a', secrets, 'pin'), 'pin')).toBe('1234');
    expect(at('http://a', secrets, 'constructor').values).toEqual({});
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(said.filter((line) => line.includes('could be read by others'))).toHaveLength(1);
    write('api: changed, and longer\n');
    expect(sentTo(at('http://a', secrets))).toBe('changed, and longer');
  });

  test('that is wrong gives nothing, and the warning does not quote it', () => {
    for (const text of ['api: "hunter2\n  : [', '- hunter2', 'hunter2', 'api: [hunter2]']) {
      write(text);
      expect({ text, values: at('http://a').values }).toEqual({ text, values: {} });
    }
    expect(said.join()).not.toContain('hunter2');
  });

  test('with a misspelt or empty binding does not leave the entry unbound', () => {
    for (const more of ['fro: [a]', 'for: []', 'for: [7]', 'for: ""', 'for: [a], port: 80']) {
      write(`api: { value: hunter2, ${more} }\nother: fine\n`);
      expect({ more, values: at('http://a').values }).toEqual({ more, values: {} });
      expect(sentTo(at('http://a', open(), 'other'), 'other')).toBe('fine');
    }
    expect(said.join()).toContain('name: { value: …, for: [host:port] }');
    expect(said.join()).not.toContain('hunter2');
  });
});

describe('an entry that says what it is for', () => {
  test('goes there and nowhere else, from the first time on', () => {
    write('api: { value: hunter2, for: ["https://mes.plant", 10.0.0.7:8080] }\n');
    expect(sentTo(at('https://mes.plant/x'))).toBe('hunter2');
    expect(sentTo(at('http://10.0.0.7:8080'))).toBe('hunter2');
    for (const url of ['http://mes.plant', 'http://10.0.0.7', 'http://evil:8080', 'http://mes.plant@evil']) {
      expect({ url, values: at(url).values }).toEqual({ url, values: {} });
    }
    expect(at('http://evil').withheld.api).toMatch(
      /"api" of secrets.yaml is not for http:\/\/evil:80.*"for"/,
    );
  });

  test('may be one pattern without a list, and is no door for callers unless it says so', () => {
    write('api: { value: hunter2, for: "mes.plant" }\n');
    expect(sentTo(at('http://mes.plant'))).toBe('hunter2');
    expect(open().grantAtPort('api', 8081).values).toEqual({});
    write('api: { value: hunter2, for: "listen:8081" }\n');
    expect(sentTo(open().grantAtPort('api', 8081))).toBe('hunter2');
    expect(sentTo(open().grant('webhook', { port: 8081, bearer: 'api' }))).toBe('hunter2');
    expect(open().grantAtPort('api', 8082).values).toEqual({});
  });
});

describe('an entry that does not say what it is for', () => {
  test('goes on where it first worked, also after a restart, and to nobody who came later', () => {
    write('api: hunter2\n');
    at('http://mill').worked();
    expect(sentTo(at('http://mill/other/path'))).toBe('hunter2');
    const { values, withheld } = at('http://evil');
    expect(values).toEqual({});
    expect(withheld.api).toMatch(/was used at http:\/\/mill:80 and is not sent to http:\/\/evil:80/);
    expect(withheld.api).toContain('api: { value: …, for: ["http://mill:80", "http://evil:80"] }');
    expect(open().grantAtPort('api', 8081).values).toEqual({});
    expect(said.join()).not.toContain('hunter2');
    expect(readFileSync(join(folder, 'secret-uses.json'), 'utf8')).not.toContain('hunter2');
  });

  test('may be tried until an address is right, and shared by the machines of that time', () => {
    write('api: hunter2\n');
    const secrets = open();
    expect(sentTo(at('http://mil', secrets))).toBe('hunter2');
    const [one, two] = [at('http://mill-1', secrets), at('http://mill-2', secrets)];
    one.worked();
    two.worked();
    expect(sentTo(at('http://mill-2'))).toBe('hunter2');
    expect(at('http://mill-3').values).toEqual({});
  });

  test('is freed and bound by writing what it is for', () => {
    write('api: hunter2\n');
    at('http://mill').worked();
    write('api: { value: hunter2, for: [mill-b] }\n');
    expect(sentTo(at('http://mill-b'))).toBe('hunter2');
    expect(at('http://mill').values).toEqual({});
  });

  test('keeps its addresses when its value changes', () => {
    write('api: hunter2\n');
    at('http://mill').worked();
    write('api: another and longer\n');
    expect(sentTo(at('http://mill'))).toBe('another and longer');
    expect(at('http://evil').values).toEqual({});
  });

  test('is bound anew when the file of first uses is damaged, and that is said', () => {
    write('api: hunter2\n');
    at('http://mill').worked();
    for (const damage of ['{"v":1', '[]', '{"v":1,"entries":{"api":{}}}']) {
      writeFileSync(join(folder, 'secret-uses.json'), damage);
      expect(sentTo(at('http://other'))).toBe('hunter2');
    }
    expect(said.filter((line) => line.includes('first uses is damaged'))).toHaveLength(3);
  });

  test('tries a bounded number of addresses', () => {
    write('api: hunter2\n');
    const secrets = open();
    for (let no = 0; no < 70; no++) at(`http://guess-${no}`, secrets);
    const { entries } = JSON.parse(readFileSync(join(folder, 'secret-uses.json'), 'utf8'));
    expect(entries.api.addresses).toHaveLength(64);
    expect(sentTo(at('http://mill', secrets))).toBe('hunter2');
  });
});
