import { createHash } from 'node:crypto';

/** Values as random as those of `openssl rand`, but the same in each run, in the forms that people make them in. */
export function randomLooking(seed: string) {
  const bytes = createHash('sha256').update(seed).digest();
  const hexadecimal = bytes.toString('hex');
  return {
    hexadecimal,
    base64: bytes.toString('base64'),
    base64url: bytes.toString('base64url'),
    uuid: hexadecimal.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
    letters: [...bytes].map((byte) => String.fromCharCode(97 + (byte % 26))).join(''),
    short: hexadecimal.slice(0, 24),
  };
}
