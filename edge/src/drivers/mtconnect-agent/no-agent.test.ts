import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { standInAgent } from '../../../../test/far-side/mtconnect-stand-in.ts';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

const DEVICES = readFileSync(new URL('./fixtures/mtconnect-devices-demo.xml', import.meta.url), 'utf8');
const TAGS = [{ address: 'ppartcount' }, { address: 'OKUMA:pexecution' }];
const settings = (url: string, timeoutMs = 3_000) => ({ url, timeoutMs, intervalMs: 100 });

describe('a far side that is no agent', () => {
  async function answering(type: string, body: () => Buffer | string): Promise<string> {
    const server = createServer((request, response) => {
      const streaming = request.url?.includes('/sample') ?? false;
      response.writeHead(200, { 'content-type': streaming ? type : 'text/xml' });
      if (streaming) response.end(body());
      else if (request.url?.includes('/probe')) response.end(DEVICES);
      else response.end('<MTConnectStreams><Header instanceId="1" nextSequence="1"/></MTConnectStreams>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  test('is told in words', async () => {
    const server = createServer((_, response) => response.end('<html><body>It works!</body></html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(recorded(driver, settings(url)).driver.connect()).rejects.toThrow(
      /document html, not MTConnectDevices/,
    );
    await expect(recorded(driver, settings('http://127.0.0.1:1')).driver.connect()).rejects.toThrow(
      /nothing listens/,
    );
    await expect(recorded(driver, settings('ftp://x')).driver.connect()).rejects.toMatchObject({
      lasting: true,
    });
    const agent = await standInAgent(
      '<MTConnectError><Errors><Error errorCode="NO_DEVICE">no such device</Error></Errors></MTConnectError>',
    );
    await expect(recorded(driver, settings(agent.url)).driver.connect()).rejects.toThrow(/no such device/);
  });

  test('may stream any bytes: the connection is lost in the end, no value is made of them', async () => {
    const part = fc.constantFrom(
      '--b\r\n',
      '\r\n\r\n',
      'Content-length: 3\r\n',
      'Content-length: 99999999999\r\n',
      '<a/>',
      '<MTConnectStreams>',
      'x',
    );
    const body = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(part).map((parts) => Buffer.from(parts.join(''))),
    );
    const bodies = fc.sample(body, 8);
    for (const bytes of bodies) {
      const url = await answering('multipart/x-mixed-replace; boundary=b', () => bytes);
      const edge = recorded(driver, settings(url));
      await edge.driver.connect();
      await edge.driver.subscribe(TAGS);
      await edge.driver.close();
      expect(edge.samples).toEqual([]);
    }
    const url = await answering('text/xml', () => '<nonsense>');
    const edge = recorded(driver, settings(url));
    await edge.driver.connect();
    await edge.driver.subscribe(TAGS);
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual([expect.stringContaining('no MTConnect')]);
  });
});
