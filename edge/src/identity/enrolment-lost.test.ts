import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type LinkFault, openLossyProxy } from '../../../test/far-side/lossy-proxy.ts';
import { type GatewayHouse, openGatewayHouse } from '../../../test/setup/gateway-house.ts';
import { enrol, isEnrolledWith, loadIdentity, NotEnrolled, PlatformUnreachable } from './index.ts';

let gw: GatewayHouse;
beforeAll(async () => {
  gw = await openGatewayHouse();
});
afterAll(() => gw?.close());

const newCode = async (): Promise<string> =>
  (await gw.ask('owner', 'POST', `/gateways/${gw.gatewayId}/enrolment-code`)).body.code;
const lives = async (token: string): Promise<boolean> => (await gw.exchange(token)).status === 200;

/** A box behind a link to the platform that does this to every request, until it is mended. */
async function boxBehind(faults: readonly LinkFault[]) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-enrolment-'));
  const targetPort = Number(new URL(gw.http).port);
  const link = await openLossyProxy({ targetPort, seed: 1, faulty: 1, delayMs: 0, faults });
  onTestFinished(async () => {
    await link.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const server = `http://127.0.0.1:${link.port}`;
  return { folder, link, enrol: (code: string) => enrol({ folder, server, code, agentVersion: '0.1.0' }) };
}

describe('an enrolment over a link that loses the answer', () => {
  for (const fault of ['lost-answer', 'reset-in-answer', 'reset-in-request', 'drop'] as const) {
    test(`goes on with the same code when it comes back (${fault})`, async () => {
      const box = await boxBehind([fault]);
      const code = await newCode();
      for (let tries = 0; tries < 6; tries++) {
        await expect(box.enrol(code)).rejects.toThrow(PlatformUnreachable);
      }
      expect(box.link.happened[fault]).toBe(6);
      expect(await isEnrolledWith(box.folder, code)).toBe(false);
      box.link.setFaulty(0);
      const identity = await box.enrol(code);
      expect(await lives(identity.token())).toBe(true);
      expect(readdirSync(box.folder)).toEqual(['identity.json']);
      expect((await loadIdentity(box.folder, () => undefined))?.token()).toBe(identity.token());
    });
  }

  test('keeps its key to itself, and another box with the same code stays outside', async () => {
    const box = await boxBehind(['lost-answer']);
    const code = await newCode();
    await expect(box.enrol(code)).rejects.toThrow(PlatformUnreachable);
    expect(statSync(join(box.folder, 'enrolment.json')).mode & 0o777).toBe(0o600);
    const other = await boxBehind([]);
    other.link.setFaulty(0);
    await expect(other.enrol(code)).rejects.toThrow(NotEnrolled);
    box.link.setFaulty(0);
    expect(await lives((await box.enrol(code)).token())).toBe(true);
  });

  test('with a damaged or an older key on the disk begins a new attempt', async () => {
    const box = await boxBehind(['drop']);
    box.link.setFaulty(0);
    const path = join(box.folder, 'enrolment.json');
    for (const damaged of ['{"v":1,', '[]', 'x'.repeat(100_000)]) {
      writeFileSync(path, damaged);
      expect(await lives((await box.enrol(await newCode())).token())).toBe(true);
    }
    box.link.setFaulty(1);
    await expect(box.enrol(await newCode())).rejects.toThrow(PlatformUnreachable);
    const before = readFileSync(path, 'utf8');
    await expect(box.enrol(await newCode())).rejects.toThrow(PlatformUnreachable);
    expect(readFileSync(path, 'utf8')).not.toBe(before);
  });
});
