import { describe, expect, test } from '@jest/globals';
import { createCredentials } from '../../../charts/workloads/create-credentials.ts';
import {
  type Credential,
  credentials,
  credentialsOf,
  providedCredentials,
} from '../../../environments/credentials.ts';
import { containerOf, object, objects, podOf, secretsOf, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const isMade = environment.credentials === 'generated';

  test('a Job makes credentials where the operator provides none', () => {
    const names = objects(environment, 'Job').map(({ metadata }) =>
      metadata.name.replace(/-[0-9a-f]{10}$/, ''),
    );
    expect(names.includes('create-credentials')).toBe(isMade);
  });

  if (!isMade) return;

  test('it makes each one that the operator need not provide, long enough for every program', () => {
    const { command, args } = containerOf(
      podOf(environment, 'Job', 'create-credentials'),
      'create-credentials',
    );
    const made = credentialsOf(environment).filter(
      (name) => !providedCredentials(environment).includes(name),
    );
    expect(command).toEqual(['create-credentials']);
    expect(args).toEqual(made.map((name) => `${credentials[name].secret}/${credentials[name].key}/64`));
    for (const name of made) {
      const credential: Credential = credentials[name];
      expect(credential.origin === 'random' && credential.minLength <= 64).toBe(true);
    }
  });

  test('it may create Secrets, and neither read nor replace one', () => {
    expect(object(environment, 'Role', 'create-credentials').rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    ]);
  });

  test('its pod is small, of the image for credentials, and mounts no secret', () => {
    const pod = podOf(environment, 'Job', 'create-credentials');
    expect(pod.containers).toHaveLength(1);
    expect(secretsOf(pod, 'create-credentials')).toEqual([]);
    expect(containerOf(pod, 'create-credentials')).toMatchObject({
      image: environment.images.credentials,
      resources: { requests: { cpu: '10m', memory: '64Mi' } },
    });
  });
});

test('it is of the operations tier', () => {
  expect(createCredentials.tier).toBe('operations');
});
