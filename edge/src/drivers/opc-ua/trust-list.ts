import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DriverFault } from '../../driver/index.ts';
import { thumbprintOf } from './own-certificate.ts';

/** A factory has some dozens of servers; a folder of thousands is something else. */
const TRUSTED_FILES_MAX = 256;
const FILE_BYTES_MAX = 65_536;
/** A server that shows another certificate at every attempt must not fill the disk. */
const REJECTED_FILES_MAX = 100;
/** Server, issuing authorities, root: longer chains are not seen in factories. */
const CHAIN_MAX = 4;
const FOLDER_MODE = 0o700;

/** Who a server says that it is. */
export interface ServerIdentity {
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
  /** Which the certificate must name too. [OPC 10000-4 §6.1.3] */
  readonly applicationUri: string;
  readonly endpoint: string;
}

/** Throws a lasting fault unless the server's certificate, or an authority that issued it, lies in `trusted`. */
export function checkServer(pki: string, server: ServerIdentity, firstUse: boolean, now: number): void {
  const chain = server.chain.slice(0, CHAIN_MAX).map(certificateOf);
  const [leaf] = chain;
  if (leaf === undefined) throw new DriverFault('the server shows no certificate', { lasting: true });
  const trusted = trustedCertificates(join(pki, 'trusted'));
  const first = trusted.length === 0 && firstUse;
  if (!first && !isTrusted(leaf, chain.slice(1), trusted, now)) {
    throw new DriverFault(refusal(pki, leaf, server), { lasting: true });
  }
  checkValidity(leaf, now);
  if (!(leaf.subjectAltName ?? '').split(', ').includes(`URI:${server.applicationUri}`)) {
    const said = `the server calls itself ${server.applicationUri}, its certificate says otherwise`;
    throw new DriverFault(`${said}: ${leaf.subjectAltName ?? 'no name'}`, { lasting: true });
  }
  if (!first) return;
  const words = `taken at first sight on ${new Date(now).toISOString()} from ${server.endpoint}`;
  const path = keep(join(pki, 'trusted'), leaf, words);
  process.emitWarning(`OPC UA: the certificate of ${server.endpoint} was taken at first sight: ${path}`);
}

function refusal(pki: string, leaf: X509Certificate, server: ServerIdentity): string {
  const path = keep(join(pki, 'rejected'), leaf, `shown by ${server.endpoint}`);
  mkdirSync(join(pki, 'trusted'), { recursive: true, mode: FOLDER_MODE });
  const who = `"${commonName(leaf)}", thumbprint ${thumbprintOf(leaf)}`;
  return `the server's certificate (${who}) is not trusted: move ${path} to ${join(pki, 'trusted')}`;
}

function isTrusted(
  leaf: X509Certificate,
  issuers: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  now: number,
): boolean {
  let current = leaf;
  for (let depth = 0; depth < CHAIN_MAX; depth++) {
    const subject = current;
    if (trusted.some((one) => one.raw.equals(subject.raw))) return true;
    const issuer = [...trusted, ...issuers].find((one) => one.ca && issued(one, subject));
    if (issuer === undefined || issuer.raw.equals(subject.raw)) return false;
    checkValidity(issuer, now);
    current = issuer;
  }
  return false;
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

function checkValidity(certificate: X509Certificate, now: number): void {
  const name = `the certificate "${commonName(certificate)}" of the server`;
  if (Date.parse(certificate.validTo) <= now) {
    throw new DriverFault(`${name} ended on ${certificate.validTo}: renew it there`, { lasting: true });
  }
  if (Date.parse(certificate.validFrom) > now) {
    const clocks = 'look at the clocks of the server and of this gateway';
    throw new DriverFault(`${name} begins only on ${certificate.validFrom}: ${clocks}`, { lasting: true });
  }
}

function trustedCertificates(folder: string): X509Certificate[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => /\.(?:pem|der|crt|cer)$/i.test(name));
  return files.slice(0, TRUSTED_FILES_MAX).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).size > FILE_BYTES_MAX) return [];
    try {
      return [new X509Certificate(readFileSync(path))];
    } catch (cause) {
      throw new DriverFault(`${path} is no certificate: remove it`, { cause, lasting: true });
    }
  });
}

function certificateOf(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new DriverFault('what the server shows as its certificate is none', { cause, lasting: true });
  }
}

/** The file's path; PEM allows words before the block. [RFC 7468 §2] */
function keep(folder: string, certificate: X509Certificate, words: string): string {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const name = commonName(certificate)
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .slice(0, 64);
  const path = join(folder, `${name}-${thumbprintOf(certificate)}.pem`);
  if (existsSync(path)) return path;
  if (readdirSync(folder).length >= REJECTED_FILES_MAX) {
    throw new DriverFault(`${folder} holds ${REJECTED_FILES_MAX} certificates: clear it out`, {
      lasting: true,
    });
  }
  writeFileSync(path, `${words.replaceAll(/[^\x20-\x7e]/g, ' ')}\n${certificate.toString()}`);
  return path;
}

function commonName(certificate: X509Certificate): string {
  return /CN=(.+)/.exec(certificate.subject)?.[1] ?? 'no name';
}
