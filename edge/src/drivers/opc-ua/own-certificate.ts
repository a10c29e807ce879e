import { generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DriverFault } from '../../driver/index.ts';
import type { OpcUa } from './library.ts';

/** Accepted by both policies that are offered here. [OPC 10000-7 Basic256Sha256, Aes256_Sha256_RsaPss] */
const KEY_BITS = 2_048;
/** A gateway outlives its installer; a certificate that ends earlier stops the line on some forgotten day. */
const VALID_DAYS = 3_650;
const SECRET_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** The longest common name that X.520 allows. */
const COMMON_NAME_CHARACTERS = 64;

/** What the gateway shows to servers of one connection. */
export interface OwnCertificate {
  /** In the certificate too, as servers compare them. */
  readonly applicationUri: string;
  readonly certificate: Buffer;
  readonly privateKeyPem: string;
  /** For the person who has to trust it at the server. */
  readonly file: string;
  readonly thumbprint: string;
}

/** Reads the certificate of this connection, or makes one at first use. */
export async function ownCertificate(opcua: OpcUa, pki: string, now: number): Promise<OwnCertificate> {
  const folder = join(pki, 'own');
  const file = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'private-key.pem');
  if (!existsSync(file) || !existsSync(keyFile)) await makeCertificate(opcua, folder, file, keyFile, now);
  const certificate = readCertificate(file);
  const privateKeyPem = readFileSync(keyFile, 'utf8');
  if (Date.parse(certificate.validTo) <= now) {
    const remedy = `remove ${file} and a new one is made, which the server has to trust again`;
    throw new DriverFault(`the gateway's own certificate ended on ${certificate.validTo}: ${remedy}`, {
      lasting: true,
    });
  }
  const applicationUri = /URI:([^,]+)/.exec(certificate.subjectAltName ?? '')?.[1];
  if (applicationUri === undefined)
    throw new DriverFault(`${file} has no application URI`, { lasting: true });
  return {
    applicationUri,
    certificate: certificate.raw,
    privateKeyPem,
    file,
    thumbprint: thumbprintOf(certificate),
  };
}

/** SHA-1 in capitals, as OPC UA servers and their tools show it. [OPC 10000-6 §6.2.2] */
export function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '');
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch (cause) {
    throw new DriverFault(`${file} is no certificate`, { cause, lasting: true });
  }
}

async function makeCertificate(
  opcua: OpcUa,
  folder: string,
  file: string,
  keyFile: string,
  now: number,
): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const { crypto_utils: crypto } = opcua;
  const pem = generateKeyPairSync('rsa', { modulusLength: KEY_BITS }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  const { cert } = await crypto.createSelfSignedCertificate({
    privateKey: await crypto.pemToPrivateKey(pem.toString()),
    notBefore: new Date(now - 86_400_000), // Clocks of old controllers are behind.
    validity: VALID_DAYS,
    subject: `CN=Millrace edge on ${hostname()}`.slice(0, COMMON_NAME_CHARACTERS),
    dns: [hostname()],
    applicationUri: `urn:millrace:edge:${randomUUID()}`,
    purpose: crypto.CertificatePurpose.ForApplication,
  });
  writeFileSync(keyFile, pem, { mode: SECRET_MODE });
  writeFileSync(file, cert, { mode: SECRET_MODE });
}
