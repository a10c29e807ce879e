import { generateKeyPairSync } from 'node:crypto';
import { loadOpcUa } from '../library.ts';

export interface MadeCertificate {
  readonly pem: string;
  readonly keyPem: string;
}

/** A self-signed certificate of a server or a user, valid between two instants. */
export async function makeCertificate(
  applicationUri: string,
  validity: { readonly from: number; readonly to: number },
): Promise<MadeCertificate> {
  const { crypto_utils: crypto } = await loadOpcUa();
  const key = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { cert } = await crypto.createSelfSignedCertificate({
    privateKey: await crypto.pemToPrivateKey(keyPem),
    notBefore: new Date(validity.from),
    notAfter: new Date(validity.to),
    subject: 'CN=Press 7',
    dns: ['localhost'],
    applicationUri,
    purpose: crypto.CertificatePurpose.ForApplication,
  });
  return { pem: cert, keyPem };
}
