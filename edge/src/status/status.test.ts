import { get } from 'node:http';
import type { AgentHealth, TagHealth } from '@millrace/contract';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LinkState } from '../exchange/index.ts';
import { openLog } from '../log/index.ts';
import { escaped } from './status-page.ts';
import { openStatusServer, type StatusServer } from './status-server.ts';
import { wordsFor } from './status-words.ts';

const NOW = Date.UTC(2026, 2, 2, 8);
const health: AgentHealth = {
  agentVersion: '0.1.0',
  hostName: 'box <1>',
  startedAt: NOW - 60_000,
  at: NOW,
  configVersion: 3,
  configSource: 'platform',
  rssBytes: 50_000_000,
  connections: [
    {
      code: 'PLC "A"',
      driver: 'modbus',
      state: 'waiting',
      since: NOW - 5_000,
      error: 'refused <script>alert(1)</script>',
      reconnects: 4,
      restarts: 1,
      latencyMs: 12.5,
      skippedPolls: 31,
      tags: 2,
      tagsBad: 1,
      samplesPerMin: 60,
    },
  ],
  tags: [],
  buffer: { waiting: 7, bytes: 50, quotaBytes: 100, oldestAt: NOW - 7_200_000, dropped: 2, quarantined: 0 },
};
const tag = (more: Partial<TagHealth>): TagHealth => ({
  machine: 'PRESS-1',
  tag: 'strokes',
  value: 42,
  quality: 'good',
  at: NOW,
  lastGoodAt: NOW - 1_000,
  error: null,
  ...more,
});
const link: LinkState = {
  state: 'unreachable',
  since: NOW,
  error: 'no <answer>',
  heardAt: null,
  clockAheadMs: null,
};

let server: StatusServer;
let illness: string | undefined;
beforeEach(async () => {
  illness = undefined;
  server = await openStatusServer({
    source: {
      health: () => health,
      tags: () => [
        tag({}),
        tag({ tag: 'label', value: '<b>&"\'', quality: 'bad', error: '10.0.0.5:502 does not answer' }),
      ],
      link: () => link,
      gateway: { code: 'GW-1', server: 'https://millrace.example' },
      config: () => ({
        seenVersion: 4,
        faults: [{ path: '/v', code: 'wrong-value', message: 'must be 1', line: 3, column: 2 }],
      }),
      untoldCommands: () => 0,
      illness: () => illness,
    },
    host: '127.0.0.1',
    port: 0,
    now: () => NOW,
    log: openLog({ level: 'error', write: () => undefined, now: Date.now }),
  });
});
afterEach(() => server.close());

function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    text: string;
    headers: NodeJS.Dict<string | string[]>;
  }>();
  get({ host: '127.0.0.1', port: server.port, path, headers, method, agent: false }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
  }).on('error', reject);
  return promise;
}

describe('the status page', () => {
  test('shows connections, tags, buffer, configuration and link, escaped, with nothing from outside', async () => {
    const { status, text, headers } = await ask('/');
    expect(status).toBe(200);
    for (const words of [
      'PLC &quot;A&quot;',
      'PRESS-1',
      '42',
      '7 records waiting',
      '31 polls left out',
      'version 3',
      '3:2 /v',
      'no answer',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).not.toMatch(/<script|<b>&"/);
    expect(text).not.toMatch(/(src|href)=/);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('speaks the reader’s language, also where drivers and the agent speak', async () => {
    illness = 'the buffer has reached its quota';
    expect((await ask('/', { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' })).text).toContain('条记录待上传');
    expect((await ask('/', { 'accept-language': 'de, en;q=0.5, zh;q=0.4' })).text).toContain(
      'records waiting',
    );
    const { text } = await ask('/', { 'accept-language': 'zh-CN' });
    for (const words of ['没有应答', '应为 1', '缓存已达到配额']) expect(text).toContain(words);
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(['en', 'zh-CN']).toContain(wordsFor(header).lang);
      }),
    );
  });

  test('names each figure where a phone leaves out the head of the table, and says ages in words', async () => {
    const { text } = await ask('/', { 'accept-language': 'zh-CN' });
    expect(text).toContain('<td class="num" data-name="延迟">12.5 ms');
    expect(text).toContain('等待后重试</span> <small>5 秒</small>');
    expect(text).toContain('最早: 2 小时前');
    expect(text).toContain('磁盘配额已用 50 %');
    expect(text).toContain('2026-03-02 08:00:00 UTC');
  });

  test('answers only to its own name and only to readers', async () => {
    expect((await ask('/', { host: 'evil.example' })).status).toBe(421);
    expect((await ask('/', { host: 'localhost:9' })).status).toBe(200);
    expect((await ask('/', { host: '[::1]:9' })).status).toBe(200);
    expect((await ask('/', {}, 'POST')).status).toBe(405);
    expect((await ask('/nothing')).status).toBe(404);
  });

  test('has the same for programs', async () => {
    const { text } = await ask('/status.json');
    expect(JSON.parse(text)).toMatchObject({
      gateway: { code: 'GW-1' },
      health: { configVersion: 3 },
      tags: [{}, {}],
    });
    const metrics = (await ask('/metrics')).text;
    expect(metrics).toContain('millrace_edge_buffer_records 7\n');
    expect(metrics).toContain('millrace_edge_connection_up{connection="PLC \\"A\\"",driver="modbus"} 0\n');
    for (const line of metrics.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) |millrace_edge_\w+(\{.*\})? [\d.e+-]+$)/);
  });

  test('is ill only when records cannot be kept', async () => {
    expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
    illness = 'the disk is full';
    expect(await ask('/healthz')).toMatchObject({ status: 503, text: 'the disk is full\n' });
  });

  test('escapes so that no text becomes markup', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escaped(text)).not.toMatch(/[<>"']/);
      }),
    );
  });
});
