import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Mosquitto, mosquittoProgram } from '../../../../test/far-side/mosquitto.ts';
import { eventually, recorded, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import { DriverFault, type TagAddress } from '../../driver/index.ts';
import { driver as kind } from './index.ts';

const run = promisify(execFile);
const program = await mosquittoProgram();
const absent = typeof program === 'string' ? '' : `(${program.missing})`;

/** A far side on loopback that does with its callers what it likes. */
async function serve(onSocket: (socket: Socket) => void): Promise<string> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

const settings = (url: string, more: Record<string, unknown> = {}) => ({
  url,
  form: 'json',
  topics: ['t/#'],
  ...more,
});
const fault = (url: string, more: Record<string, unknown> = {}, secrets = {}, folder = scratchFolder()) =>
  recorded(kind, settings(url, more), secrets, folder)
    .driver.connect()
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );

describe('a far side that is no broker', () => {
  test('nothing there, no URL and no broker are told in words', async () => {
    const gone = await serve((socket) => socket.destroy());
    expect(await fault('mqtt://127.0.0.1:1')).toMatchObject({
      message: expect.stringContaining('nothing listens'),
    });
    expect(await fault('http://127.0.0.1')).toMatchObject({ lasting: true });
    expect(await fault('mqtt://user:pass@host')).toMatchObject({ lasting: true });
    expect(await fault(gone)).toMatchObject({ name: 'DriverFault', lasting: false });
  });

  test('one that answers rubbish is refused, in both versions', async () => {
    for (const rubbish of [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      '\xff\xff\xff\xff\xff\xff',
      ' \x02\x00\x09',
      '\x20\x00',
    ]) {
      const url = await serve((socket) => socket.write(Buffer.from(rubbish, 'latin1')));
      const driver = recorded(kind, settings(url)).driver;
      const connecting = driver.connect().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      // What is no packet yet may still become one: then it is the person who looks that gives up.
      const early = await Promise.race([
        connecting,
        once(AbortSignal.timeout(500), 'abort').then(() => 'waits'),
      ]);
      if (early === 'waits') await driver.close();
      expect(await connecting).toMatchObject({ name: 'DriverFault' });
    }
  });

  test('any bytes after a welcome end in a refusal or one loss, and never in a value', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 });
    const publication = bytes.map((rest) => Uint8Array.from([0x32, rest.length, ...rest]));
    const property = fc.asyncProperty(fc.oneof(bytes, publication), async (rubbish) => {
      const url = await serve((socket) => {
        socket.once('data', () => socket.end(Buffer.concat([Buffer.from([0x20, 3, 0, 0, 0]), rubbish])));
      });
      const agent = recorded(kind, settings(url));
      const refused: unknown[] = [];
      await agent.driver.connect().catch((reason: unknown) => refused.push(reason));
      await eventually(() => agent.lost.length + refused.length === 1);
      expect(refused.every((reason) => reason instanceof DriverFault)).toBe(true);
      await agent.driver.close();
      expect(agent.samples).toEqual([]);
    });
    // The first ones made the library throw where nobody could catch it.
    const examples = [
      '620105',
      '6200',
      '320400020238',
      '340800066300066405a9',
      '3a0700057fce9e0102',
      '40017f',
    ];
    await fc.assert(property, {
      numRuns: 60,
      examples: examples.map((hex) => [Uint8Array.from(Buffer.from(hex, 'hex'))]),
    });
  });

  test('one that says nothing does not hold a close up', async () => {
    const called: Socket[] = [];
    const url = await serve((socket) => called.push(socket));
    const { driver } = recorded(kind, settings(url));
    const connecting = driver.connect().catch((reason: Error) => reason.message);
    await eventually(() => called.length > 0);
    await driver.close();
    expect(await connecting).toBe('the connection was closed');
  });

  test('the reason that an MQTT 5 broker gives for its farewell is told', async () => {
    const url = await serve((socket) => {
      const [connack, disconnect] = [Buffer.from([0x20, 3, 0, 0, 0]), Buffer.from([0xe0, 2, 0x8e, 0])];
      socket.once('data', () => socket.end(Buffer.concat([connack, disconnect])));
    });
    const agent = recorded(kind, settings(url));
    await agent.driver.connect();
    await eventually(() => agent.lost.length > 0);
    expect(agent.lost).toEqual(['another client has connected with the same client id']);
  });

  test('one that says nothing is given up after a bound', async () => {
    const url = await serve(() => undefined);
    expect(await fault(url)).toMatchObject({ message: expect.stringContaining('does not answer') });
  });
});

describe.skipIf(absent)(`a connection to Mosquitto ${absent}`, () => {
  async function brokerOf(lines?: readonly string[]): Promise<Mosquitto> {
    const broker = await Mosquitto.start(String(program), lines);
    onTestFinished(() => broker[Symbol.asyncDispose]());
    return broker;
  }

  async function publisher(url: string) {
    const client = await connectAsync(url);
    onTestFinished(() => client.endAsync(true));
    return client;
  }

  async function listening(url: string, tags: readonly TagAddress[], folder = scratchFolder()) {
    const agent = recorded(kind, settings(url), {}, folder);
    await agent.driver.connect();
    await agent.driver.subscribe(tags);
    return agent;
  }

  test('a restart of the broker is noticed once, and its session then holds what was said meanwhile', async () => {
    const broker = await brokerOf();
    const folder = scratchFolder();
    const first = await listening(broker.url, [{ address: 't/n' }], folder);
    await (await publisher(broker.url)).publishAsync('t/n', '1', { qos: 1 });
    await eventually(() => first.values(0).length === 1);
    await broker.stop();
    await eventually(() => first.lost.length > 0);
    await first.driver.close();
    await broker.resume();
    await (await publisher(broker.url)).publishAsync('t/n', '2', { qos: 1 });
    const second = await listening(broker.url, [{ address: 't/n' }], folder);
    await eventually(() => second.values(0).length > 0);
    expect([first.lost.length, first.values(0), second.values(0)]).toEqual([1, [1], [2]]);
  });

  test('a broker killed in the middle is a loss, not a crash', async () => {
    const broker = await brokerOf();
    const agent = await listening(broker.url, [{ address: 't/n' }]);
    await broker.stop('SIGKILL');
    await eventually(() => agent.lost.length > 0);
    await expect(agent.driver.write?.({ address: 't/n' }, 1)).rejects.toThrow('not connected');
    await agent.driver.close();
    expect(agent.lost).toHaveLength(1);
  });

  test('another client with the same id takes the connection over, and that is one loss', async () => {
    const broker = await brokerOf();
    const more = { clientId: 'press-hall' };
    const agents = [recorded(kind, settings(broker.url, more)), recorded(kind, settings(broker.url, more))];
    for (const { driver } of agents) {
      await driver.connect();
      await driver.subscribe([{ address: 't/n' }]);
    }
    await eventually(() => (agents[0]?.lost.length ?? 0) > 0);
    expect(agents[0]?.lost).toHaveLength(1);
    expect(agents[1]?.lost).toEqual([]);
  });

  test('messages whose acknowledgement was lost come again, and count once', async () => {
    const broker = await brokerOf();
    const sides: Socket[] = [];
    let isDeaf = false;
    const url = await serve((socket) => {
      const side = connect(broker.port, '127.0.0.1');
      sides.push(socket, side);
      side.on('error', () => socket.destroy());
      side.pipe(socket);
      socket.on('data', (bytes) => {
        if (!isDeaf) side.write(bytes);
      });
    });
    const folder = scratchFolder();
    const first = await listening(url, [{ address: 't/pulse' }], folder);
    const machine = await publisher(broker.url);
    isDeaf = true;
    for (const level of ['true', 'false', 'true', 'false'])
      await machine.publishAsync('t/pulse', level, { qos: 1 });
    await eventually(() => first.values(0).length === 4);
    for (const side of sides) side.destroy();
    await eventually(() => first.lost.length > 0);
    await first.driver.close();
    const second = await listening(broker.url, [{ address: 't/pulse' }], folder);
    await machine.publishAsync('t/pulse', 'true', { qos: 1 });
    await eventually(() => second.values(0).length > 0);
    expect([first.values(0), second.values(0)]).toEqual([[true, false, true, false], [true]]);
  });

  test('closed, cut and opened again in a stream of messages, it gets each of them once and in order', async () => {
    const broker = await brokerOf();
    const sides: Socket[] = [];
    const url = await serve((socket) => {
      const side = connect(broker.port, '127.0.0.1');
      sides.push(socket, side);
      side.on('error', () => socket.destroy());
      socket.pipe(side).pipe(socket);
    });
    const folder = scratchFolder();
    const machine = await publisher(broker.url);
    const agents = [await listening(url, [{ address: 't/n' }], folder)];
    const seen = () => agents.flatMap((agent) => agent.values(0));
    const speaking = (async () => {
      for (let number = 1; number <= 600; number++)
        await machine.publishAsync('t/n', String(number), { qos: 1 });
    })();
    for (const [turn, enough] of [50, 150, 250, 350, 450].entries()) {
      await eventually(() => seen().length >= enough);
      if (turn % 2 === 0) for (const side of sides.splice(0)) side.destroy();
      await agents.at(-1)?.driver.close();
      agents.push(await listening(url, [{ address: 't/n' }], folder));
    }
    await speaking;
    await eventually(() => seen().length >= 600);
    expect(seen()).toEqual(Array.from({ length: 600 }, (_none, index) => index + 1));
  });

  test('a broker that knows only MQTT 3.1.1 is spoken to in it, and its huge messages lose only their payload', async () => {
    const broker = await brokerOf();
    const versions: (number | undefined)[] = [];
    for (const refusal of [Buffer.from([0x20, 2, 0, 1]), undefined]) {
      const url = await serve((socket) => {
        socket.once('data', (bytes) => {
          versions.push(bytes[8]);
          if (bytes[8] === 5) {
            if (refusal) socket.end(refusal);
            else socket.destroy();
            return;
          }
          const side = connect(broker.port, '127.0.0.1');
          side.write(bytes);
          socket.pipe(side).pipe(socket);
          side.on('error', () => socket.destroy());
        });
      });
      const agent = await listening(url, [{ address: 't/n' }]);
      const machine = await publisher(broker.url);
      await machine.publishAsync('t/n', 'x'.repeat(3_000_000), { qos: 1 });
      await machine.publishAsync('t/n', '5', { qos: 1 });
      await eventually(() => agent.values(0).length > 0);
      // A write comes back to who listens; what the machine answers with is the machine's.
      await agent.driver.write?.({ address: 't/n' }, 5);
      await machine.publishAsync('t/n', '5', { qos: 1 });
      await eventually(() => agent.values(0).length > 1);
      expect(agent.samples.map(({ value, error }) => error ?? value)).toEqual([
        expect.stringMatching(/^a payload of \d+ bytes is too big$/),
        5,
        5,
      ]);
      await agent.driver.close();
    }
    expect(versions.filter((version) => version === 4)).toHaveLength(4);
  });

  test('user and password are asked for, and a wrong one is not tried for ever', async () => {
    const secret = scratchFolder();
    await run(String(await mosquittoProgram('mosquitto_passwd')), [
      '-b',
      '-c',
      join(secret, 'p'),
      'u',
      'right',
    ]);
    const broker = await brokerOf(['allow_anonymous false', `password_file ${join(secret, 'p')}`]);
    const more = { user: 'u', password: 'broker' };
    expect(await fault(broker.url, more, { broker: 'right' })).toBeUndefined();
    expect(await fault(broker.url, more, { broker: 'wrong' })).toMatchObject({ lasting: true });
    expect(await fault(broker.url, more)).toMatchObject({ message: 'secrets.yaml has no broker' });
    expect(await fault(broker.url)).toMatchObject({ name: 'DriverFault', lasting: true });
  });

  describe('over TLS', () => {
    let openssl = true;
    beforeAll(async () => {
      openssl = await run('openssl', ['version']).then(
        () => true,
        () => false,
      );
    });

    test('the CA in the connection folder is trusted and no other, and a client certificate is shown where asked for', async ({
      skip,
    }) => {
      if (!openssl) skip('no openssl on this system');
      const pki = scratchFolder();
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
      const names = ['-subj', '/CN=broker', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const files = ['-keyout', join(pki, 'key.pem'), '-out', join(pki, 'cert.pem')];
      await run('openssl', ['req', '-x509', ...key, ...names, ...files]);
      const own = [`certfile ${join(pki, 'cert.pem')}`, `keyfile ${join(pki, 'key.pem')}`];
      const broker = await brokerOf([...own, 'allow_anonymous true']);
      const url = broker.url.replace('mqtt:', 'mqtts:');
      expect(await fault(url)).toMatchObject({ lasting: true, message: expect.stringContaining('ca.pem') });
      const folder = scratchFolder();
      await copyFile(join(pki, 'cert.pem'), join(folder, 'ca.pem'));
      expect(await fault(url, {}, {}, folder)).toBeUndefined();
      const strict = await brokerOf([
        ...own,
        `cafile ${join(pki, 'cert.pem')}`,
        'require_certificate true',
        'allow_anonymous true',
      ]);
      const strictUrl = strict.url.replace('mqtt:', 'mqtts:');
      expect(await fault(strictUrl, {}, {}, folder)).toMatchObject({ name: 'DriverFault' });
      await copyFile(join(pki, 'cert.pem'), join(folder, 'client.pem'));
      await copyFile(join(pki, 'key.pem'), join(folder, 'client-key.pem'));
      expect(await fault(strictUrl, {}, {}, folder)).toBeUndefined();
      await writeFile(join(folder, 'ca.pem'), 'rubbish');
      expect(await fault(url, {}, {}, folder)).toMatchObject({ name: 'DriverFault' });
    });
  });
});
