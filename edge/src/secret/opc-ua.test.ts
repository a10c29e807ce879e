import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cableTo, farSide, scratchFolder } from '../drivers/opc-ua/far-side/far-side.ts';
import { openDriverHost } from '../host/index.ts';
import { openLog } from '../log/index.ts';
import { openSecrets } from './index.ts';

test('a password is not said to an OPC UA server at another address, as good as it may be', async () => {
  const folder = await scratchFolder();
  const options = { tags: [], policies: ['Basic256Sha256'], password: 'right', anonymous: false } as const;
  const mill = await farSide(folder.path, options);
  const between = await cableTo(Number(new URL(mill.endpoint).port));
  writeFileSync(join(folder.path, 'secrets.yaml'), 'key: right\n', { mode: 0o600 });
  const secrets = openSecrets(
    folder.path,
    openLog({ level: 'error', write: () => undefined, now: Date.now }),
  );
  const host = openDriverHost({
    folder: join(folder.path, 'connections'),
    secrets: secrets.grant,
    onSamples: () => undefined,
    now: Date.now,
  });
  onTestFinished(async () => {
    await host.close();
    await between.close();
    await mill.kill();
    await folder.remove();
  });
  const look = (endpoint: string) => {
    const user = { kind: 'password', name: 'millrace', password: 'key' };
    const security = {
      securityPolicy: 'Basic256Sha256',
      securityMode: 'sign-and-encrypt',
      trustOnFirstUse: true,
    };
    return host.look({ kind: 'test', driver: 'opc-ua', settings: { endpoint, user, ...security } });
  };
  expect((await look(mill.endpoint)).error).toBeNull();
  expect((await look(between.endpoint)).error).toMatch(
    /"key" of secrets.yaml was used at .* and is not sent to/,
  );
});
