import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DriverFault } from '../../driver/index.ts';
import { makeCertificate } from './far-side/certificates.ts';
import { type FarSide, farSide, hostFor, scratchFolder } from './far-side/far-side.ts';
import { driver as opcUa } from './index.ts';
import { checkServer } from './trust-list.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const VALID = { from: NOW - DAY_MS, to: NOW + DAY_MS };
const COUNT = { address: 'nsu=urn:millrace:test;s=Count' };
const SECURE = { securityPolicy: 'Basic256Sha256', securityMode: 'sign-and-encrypt' };

describe('the security of a connection', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: FarSide;
  let pki = '';

  /** Connects, reads once and closes; the value, or the fault. */
  const look = async (settings: Readonly<Record<string, unknown>>, secrets = {}): Promise<unknown> => {
    const host = hostFor(
      { endpoint: server.endpoint, ...settings },
      join(folder.path, 'connection'),
      secrets,
    );
    const driver = opcUa.open(host);
    try {
      await driver.connect();
      return (await driver.read([COUNT]))[0]?.value;
    } catch (fault) {
      if (!(fault instanceof DriverFault)) throw fault;
      return fault;
    } finally {
      await driver.close();
    }
  };

  beforeAll(async () => {
    folder = await scratchFolder();
    pki = join(folder.path, 'connection', 'pki');
    server = await farSide(folder.path, {
      tags: [{ id: 'Count', type: 'UInt32', value: 9 }],
      policies: ['Basic256Sha256', 'Aes256_Sha256_RsaPss'],
      password: 'right',
      anonymous: true,
    });
  });
  afterAll(async () => {
    await server.kill();
    await folder.remove();
  });

  test('a policy that the server does not offer: the fault names those it offers', async () => {
    const fault = await look({ securityPolicy: 'None', securityMode: 'none' });
    expect(fault).toMatchObject({
      lasting: true,
      message: expect.stringContaining('does not offer None/none'),
    });
    expect(fault).toMatchObject({ message: expect.stringContaining('Basic256Sha256/sign, ') });
    expect(fault).toMatchObject({
      message: expect.stringContaining('Aes256_Sha256_RsaPss/sign-and-encrypt'),
    });
  });

  test('an unknown server is refused with its thumbprint and the file to move; moved, it is trusted', async () => {
    const fault = await look(SECURE);
    expect(fault).toMatchObject({
      lasting: true,
      message: expect.stringMatching(/thumbprint [0-9A-F]{40}.* move .*rejected.* to .*trusted/),
    });
    const [file] = await readdir(join(pki, 'rejected'));
    await rename(join(pki, 'rejected', file ?? ''), join(pki, 'trusted', file ?? ''));
    expect(await look(SECURE)).toBe(9);
  });

  test('both policies sign, and sign and encrypt', async () => {
    for (const securityPolicy of ['Basic256Sha256', 'Aes256_Sha256_RsaPss']) {
      for (const securityMode of ['sign', 'sign-and-encrypt']) {
        expect(await look({ securityPolicy, securityMode })).toBe(9);
      }
    }
  });

  test('a user with the right password comes in, with the wrong one not', async () => {
    const user = { kind: 'password', name: 'millrace', password: 'press' };
    expect(await look({ ...SECURE, user }, { press: 'right' })).toBe(9);
    expect(await look({ ...SECURE, user }, { press: 'wrong' })).toMatchObject({
      lasting: true,
      message: expect.stringContaining('refuses this user or password'),
    });
  });

  test('a user with a certificate comes in; a file that is missing is named', async () => {
    const user = { kind: 'certificate', certificate: 'line-7', privateKey: 'line-7-key' };
    expect(await look({ ...SECURE, user })).toMatchObject({
      message: expect.stringContaining(join('user', 'line-7.pem')),
    });
    const { pem, keyPem } = await makeCertificate('urn:user', VALID);
    await mkdir(join(pki, 'user'), { recursive: true });
    await writeFile(join(pki, 'user', 'line-7.pem'), pem);
    await writeFile(join(pki, 'user', 'line-7-key.pem'), keyPem);
    expect(await look({ ...SECURE, user })).toBe(9);
  });

  test('a server that does not trust the gateway: the fault names the certificate to trust there', async () => {
    await server.tell({ trustClients: false });
    await rm(join(pki, 'own'), { recursive: true });
    expect(await look(SECURE)).toMatchObject({
      lasting: true,
      message: expect.stringMatching(
        /does not trust this gateway's certificate: its thumbprint is [0-9A-F]{40}, the file .*own/,
      ),
    });
    await server.tell({ trustClients: true });
  });

  test('trust on first use takes the first certificate, and no other after it', async () => {
    await rm(join(pki, 'trusted'), { recursive: true });
    expect(await look({ ...SECURE, trustOnFirstUse: true })).toBe(9);
    const [file] = await readdir(join(pki, 'trusted'));
    await rm(join(pki, 'trusted', file ?? ''));
    const { pem } = await makeCertificate('urn:somebody', VALID);
    await writeFile(join(pki, 'trusted', 'somebody.pem'), pem);
    expect(await look({ ...SECURE, trustOnFirstUse: true })).toMatchObject({
      lasting: true,
      message: expect.stringContaining('is not trusted'),
    });
  });
});

describe('the trust list', () => {
  const applicationUri = 'urn:maker:press';
  const endpoint = 'opc.tcp://press';
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  const check = async (validity: typeof VALID, uri = applicationUri): Promise<void> => {
    const { pem } = await makeCertificate(applicationUri, validity);
    await mkdir(join(folder.path, 'trusted'), { recursive: true });
    await writeFile(join(folder.path, 'trusted', 'press.pem'), pem);
    checkServer(
      folder.path,
      { chain: [new X509Certificate(pem).raw], applicationUri: uri, endpoint },
      false,
      NOW,
    );
  };

  beforeAll(async () => {
    folder = await scratchFolder();
  });
  afterAll(() => folder.remove());

  test('lets a valid certificate of the named application pass', async () => {
    await expect(check(VALID)).resolves.toBeUndefined();
  });

  test('refuses one that has ended or not begun, with the day', async () => {
    await expect(check({ from: NOW - 2 * DAY_MS, to: NOW - DAY_MS })).rejects.toThrow(
      '"Press 7" of the server ended on',
    );
    await expect(check({ from: NOW + DAY_MS, to: NOW + 2 * DAY_MS })).rejects.toThrow('look at the clocks');
  });

  test('refuses one that was issued to another application', async () => {
    await expect(check(VALID, 'urn:maker:other')).rejects.toThrow('calls itself urn:maker:other');
  });

  test('refuses what is no certificate, on either side', async () => {
    const rubbish = { chain: [Buffer.from('rubbish')], applicationUri, endpoint };
    expect(() => checkServer(folder.path, rubbish, false, NOW)).toThrow('is none');
    expect(() => checkServer(folder.path, { ...rubbish, chain: [] }, true, NOW)).toThrow(
      'shows no certificate',
    );
    await writeFile(join(folder.path, 'trusted', 'broken.pem'), 'rubbish');
    await expect(check(VALID)).rejects.toThrow('broken.pem is no certificate: remove it');
  });
});
