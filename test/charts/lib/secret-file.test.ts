import { describe, expect, test } from '@jest/globals';
import {
  applicationSecrets,
  credentialFile,
  credentialVariable,
  secretFile,
  secretFiles,
} from '../../../charts/lib/secret-file.ts';
import { credentials } from '../../../environments/credentials.ts';
import { containersOf, pods, variants } from '../../lib/manifests.ts';

test('a credential is a file, or a variable, of its own key of its own Secret', () => {
  const { secret, key } = credentials.SQL_PASSWORD;
  expect(credentialFile('SQL_PASSWORD', 'a/file')).toEqual({
    secret: { name: secret, items: [{ key, path: 'a/file' }] },
  });
  expect(credentialVariable('PASSWORD', 'SQL_PASSWORD')).toEqual({
    name: 'PASSWORD',
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
});

test('files of Secrets can be read by the pod, and changed or run by nobody', () => {
  const sources = [secretFile('a', 'b', 'c')];
  expect(secretFiles('files', sources)).toEqual({
    name: 'files',
    projected: { sources, defaultMode: 0o440 },
  });
});

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('whatever holds a Secret is mounted read-only, below /run/secrets or where its program wants it', () => {
    for (const { owner, pod } of pods(environment)) {
      const secret = pod.volumes
        .filter((volume) => volume.secret || volume.projected)
        .map(({ name }) => name);
      for (const container of containersOf(pod)) {
        for (const { mountPath, readOnly } of container.volumeMounts.filter((mount) =>
          secret.includes(mount.name),
        ))
          expect([owner, container.name, mountPath, readOnly]).toEqual([
            owner,
            container.name,
            container.name === 'elasticsearch'
              ? '/usr/share/elasticsearch/config/tls'
              : expect.stringMatching(/^\/run\/secrets\/\w+$/),
            true,
          ]);
      }
    }
  });

  test('every Secret is mounted with the mode 0440', () => {
    for (const { pod } of pods(environment)) {
      for (const { secret, projected } of pod.volumes) {
        if (secret) expect(secret).toMatchObject({ defaultMode: 0o440 });
        if (projected) expect(projected).toMatchObject({ defaultMode: 0o440 });
      }
    }
  });
});

test("the application's files are where docs/application-contract.md says", () => {
  expect(applicationSecrets).toBe('/run/secrets/coped');
});
