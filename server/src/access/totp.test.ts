import { expect, test } from 'vitest';
import { acceptTotp, newTotpSecret, totpAt, totpUri } from './totp.ts';

/** `12345678901234567890` in base32. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('the code at %d s is the one of RFC 6238 appendix B', (seconds, code) => {
  expect(totpAt(RFC_SECRET, Math.floor(seconds / 30))).toBe(code);
});

test('a code is accepted one step early or late, not two, and only once', () => {
  const secret = newTotpSecret();
  const wallMs = 1_800_000_000_000;
  const step = wallMs / 30_000;
  expect(acceptTotp(secret, totpAt(secret, step), wallMs, 0)).toBe(step);
  expect(acceptTotp(secret, totpAt(secret, step), wallMs + 30_000, 0)).toBe(step);
  expect(acceptTotp(secret, totpAt(secret, step), wallMs - 30_000, 0)).toBe(step);
  expect(acceptTotp(secret, totpAt(secret, step), wallMs + 60_000, 0)).toBeNull();
  expect(acceptTotp(secret, totpAt(secret, step), wallMs, step)).toBeNull();
  expect(acceptTotp(secret, '', wallMs, 0)).toBeNull();
});

test('the address for the app carries secret, issuer and account', () => {
  expect(newTotpSecret()).toMatch(/^[A-Z2-7]{32}$/);
  expect(totpUri('ABC', 'a b@c.example', 'Mill race')).toBe(
    'otpauth://totp/Mill%20race%3Aa%20b%40c.example?secret=ABC&issuer=Mill%20race&digits=6&period=30',
  );
});
