import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpcUaSettings } from '@millrace/contract';
import type { UserIdentityInfo } from 'node-opcua-client';
import { DriverFault } from '../../driver/index.ts';
import type { OpcUa } from './library.ts';

/** Who the gateway is at the server. */
export function userIdentity(
  opcua: OpcUa,
  settings: OpcUaSettings,
  pki: string,
  secret: (name: string) => string,
): UserIdentityInfo {
  const { user } = settings;
  if (user === undefined) return { type: opcua.UserTokenType.Anonymous };
  if (user.kind === 'password') {
    return { type: opcua.UserTokenType.UserName, userName: user.name, password: secret(user.password) };
  }
  return {
    type: opcua.UserTokenType.Certificate,
    certificateData: certificateOf(readUserFile(pki, user.certificate)),
    privateKey: readUserFile(pki, user.privateKey),
  };
}

function readUserFile(pki: string, name: string): string {
  const path = join(pki, 'user', `${name}.pem`);
  if (!existsSync(path)) throw new DriverFault(`there is no file ${path}`, { lasting: true });
  return readFileSync(path, 'utf8');
}

function certificateOf(pem: string): Buffer {
  try {
    return new X509Certificate(pem).raw;
  } catch (cause) {
    throw new DriverFault("the user's certificate is no PEM certificate", { cause, lasting: true });
  }
}
