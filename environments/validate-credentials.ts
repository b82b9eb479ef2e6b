import { type Credential, ofTheCharts } from './credentials.ts';
import { count, objectName, problemWith, type Rule, text, variable } from './rules.ts';

/** Each workload with a certificate has two such Secrets, which a Job writes: charts/lib/tls.ts. */
const ofNoCertificate = text(
  'a name that does not end in -tls or -ca, as the Secrets of certificates do',
  (value) => !/-(tls|ca)$/.test(value),
);
const key = text('letters, digits, -, _ and ., as keys of a Secret are', (value) => /^[\w.-]+$/.test(value));

/**
 * Finds credentials of an application that cannot stand beside those of the charts, or with which nothing can work.
 *
 * @returns the problems, one sentence each: the value, what is expected
 */
export function validateCredentials(own: Readonly<Record<string, Credential>>): readonly string[] {
  const secrets = [...Object.values(ofTheCharts), ...Object.values(own)].map(({ secret }) => secret);
  const free: Rule = {
    expected: 'a name that none of the charts has (environments/credentials.ts)',
    holds: (name) => !Object.keys(ofTheCharts).includes(String(name)),
  };
  const ofItsOwn: Rule = {
    expected: 'a Secret that holds no other credential',
    holds: (secret) => secrets.filter((other) => other === secret).length === 1,
  };
  return Object.entries(own).flatMap(([name, credential]) => [
    ...problemWith('a name in credentials', name, variable),
    ...problemWith('a name in credentials', name, free),
    ...problemWith(`credentials.${name}.secret`, credential.secret, objectName),
    ...problemWith(`credentials.${name}.secret`, credential.secret, ofItsOwn),
    ...problemWith(`credentials.${name}.secret`, credential.secret, ofNoCertificate),
    ...problemWith(`credentials.${name}.key`, credential.key, key),
    ...(credential.origin === 'random'
      ? problemWith(`credentials.${name}.minLength`, credential.minLength, count)
      : []),
  ]);
}
