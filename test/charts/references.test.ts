import { describe, expect, test } from '@jest/globals';
import { tlsSecret } from '../../charts/lib/tls.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import { environments } from '../../environments/all.ts';
import type { Application } from '../../environments/contract.ts';
import { type CredentialName, credentials, credentialsOf } from '../../environments/credentials.ts';
import { containersOf, manifests, manifestsWithMigration, pods, variants } from '../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const all = () => manifestsWithMigration(environment);
  const names = (kind: string) =>
    all()
      .filter((manifest) => manifest.kind === kind)
      .map(({ metadata }) => metadata.name);
  const every = () => pods(environment);

  test('no two objects have the same name', () => {
    const keys = manifests(environment).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('every object is in the namespace of the environment', () => {
    const outside = all()
      .filter(({ metadata }) => metadata.namespace !== environment.namespace)
      .map(({ kind }) => kind);
    expect(outside).toEqual(environment.liveEdit ? ['Namespace', 'PersistentVolume'] : ['Namespace']);
  });

  test('every ServiceAccount, ConfigMap and claim that a pod names is there', () => {
    for (const { pod } of every()) {
      expect(names('ServiceAccount')).toContain(pod.serviceAccountName);
      for (const { configMap, persistentVolumeClaim } of pod.volumes) {
        // `npm run object-store` makes the one with the store's authority.
        if (configMap && configMap.name !== environment.backups?.objectStore.caConfigMap)
          expect(names('ConfigMap')).toContain(configMap.name);
        // `npm run restore` makes that one.
        if (persistentVolumeClaim && persistentVolumeClaim.claimName !== 'postgres-restore')
          expect(names('PersistentVolumeClaim')).toContain(persistentVolumeClaim.claimName);
      }
    }
  });

  test('every Secret that a pod mounts is a credential or a certificate, and none is in the manifests', () => {
    const known: string[] = [
      ...credentialsOf(environment).map((name) => credentials[name].secret),
      ...workloadsOf(environment)
        .filter(({ certificateFor }) => certificateFor?.(environment))
        .map(tlsSecret),
    ];
    for (const { pod } of every()) {
      for (const { secret, projected } of pod.volumes) {
        if (secret) expect(known).toContain(secret.secretName);
        for (const source of projected?.sources ?? [])
          if (source.secret) expect(known).toContain(source.secret.name);
      }
    }
    expect(names('Secret')).toEqual([]);
  });

  test('a credential is needed where a pod reads it, and nowhere else', () => {
    const read = every().flatMap(({ pod }) => [
      ...pod.volumes.flatMap(({ secret, projected }) => [
        secret?.secretName,
        ...(projected?.sources ?? []).map((source) => source.secret?.name),
      ]),
      ...containersOf(pod).flatMap(({ env }) =>
        (env ?? []).map((each) => each.valueFrom?.secretKeyRef?.name),
      ),
    ]);
    // Another application than the one that runs here does not read that one's own credentials.
    const { application }: { application: Application } = environments.production;
    const own = environment.application === application ? [] : Object.values(application.settings ?? {});
    const isForeign = (name: CredentialName) =>
      own.some((value) => typeof value !== 'string' && value.credential === name);
    const all = (Object.keys(credentials) as CredentialName[]).filter((name) => !isForeign(name));
    const needed = credentialsOf(environment).filter((name) => !isForeign(name));
    expect(needed).toEqual(all.filter((name) => read.includes(credentials[name].secret)));
  });

  test('every mount names a volume of its pod', () => {
    for (const { owner, pod } of every()) {
      const claimTemplates = all()
        .filter(
          ({ kind, metadata }) => kind === 'StatefulSet' && owner.endsWith(`StatefulSet/${metadata.name}`),
        )
        .flatMap(({ spec }) => spec?.volumeClaimTemplates ?? [])
        .map(({ metadata }) => metadata.name);
      const volumes = [...pod.volumes.map(({ name }) => name), ...claimTemplates];
      for (const { volumeMounts } of containersOf(pod)) {
        for (const { name } of volumeMounts) expect(volumes).toContain(name);
      }
    }
  });

  test('every Service finds pods, by a port that they name', () => {
    for (const { metadata, spec } of all().filter(({ kind }) => kind === 'Service')) {
      const selected = every().filter(({ labels }) =>
        Object.entries(spec?.selector ?? {})
          // Patroni writes this one on the pods, as their roles change.
          .filter(([key]) => key !== 'coped/role')
          .every(([key, value]) => labels[key] === value),
      );
      const open = selected.flatMap(({ pod }) =>
        pod.containers.flatMap((container) => container.ports ?? []),
      );
      for (const { targetPort } of spec?.ports ?? []) {
        expect([metadata.name, open.map(({ name }) => name)]).toEqual([
          metadata.name,
          expect.arrayContaining([targetPort]),
        ]);
      }
    }
  });

  test('selectors hold only the labels that never change', () => {
    for (const { spec } of all()) {
      const labels = spec?.selector?.matchLabels;
      if (labels)
        expect(Object.keys(labels).sort()).toEqual(['app.kubernetes.io/instance', 'app.kubernetes.io/name']);
    }
  });

  test('no value of a credential stands in an environment variable', () => {
    for (const { pod } of every()) {
      for (const { env } of containersOf(pod)) {
        for (const { name, value, valueFrom } of env ?? []) {
          // pgBackRest, and an application that says so, read secrets from the environment only: from the Secret, never
          // from a manifest.
          const readsVariables = environment.application.credentialsAs === 'variables';
          if ((name.startsWith('PGBACKREST_') || readsVariables) && valueFrom?.secretKeyRef) continue;
          if (/PASSWORD|SECRET/.test(name))
            expect([name, value]).toEqual([
              expect.stringMatching(/_FILE$/),
              expect.stringMatching(/^\/run\/secrets\//),
            ]);
        }
      }
    }
  });
});
