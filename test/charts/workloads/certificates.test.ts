import { describe, expect, test } from '@jest/globals';
import { dnsNames } from '../../../charts/lib/tls.ts';
import { certificates } from '../../../charts/workloads/certificates.ts';
import { elasticsearch } from '../../../charts/workloads/elasticsearch.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { redis } from '../../../charts/workloads/redis.ts';
import {
  containerOf,
  manifests,
  object,
  objects,
  podOf,
  pods,
  secretsOf,
  variants,
} from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const servers = [
    postgres,
    ...(environment.elasticsearch.tls ? [elasticsearch] : []),
    ...(environment.application.redis ? [redis] : []),
  ];

  test('Postgres and Redis have a certificate everywhere, Elasticsearch wherever the environment has TLS', () => {
    const certified = [postgres, elasticsearch, redis].filter(({ certificateFor }) =>
      certificateFor?.(environment),
    );
    expect(certified).toEqual(servers);
  });

  test('a certificate is for every Service of its workload, by each of its names, and for every member', () => {
    for (const workload of servers) {
      const names = objects(environment, 'Service')
        .map(({ metadata }) => metadata)
        .filter(({ labels }) => labels?.['app.kubernetes.io/name'] === workload.name)
        .map(({ name }) => name);
      const certified = workload.certificateFor?.(environment) ?? [];
      // Without a volume, Redis is a Deployment, and its pod has no name of its own.
      const headless = names.filter((name) => name === `${workload.name}-headless`);
      expect([...certified, ...headless].sort()).toEqual([...names].sort());
    }
  });

  test('the program gets each server with the names of its certificate', () => {
    const { command, args } = containerOf(podOf(environment, 'Job', 'certificates'), 'renew-certificates');
    expect(command).toEqual(['renew-certificates']);
    expect(args).toEqual(
      servers.map(
        (server) =>
          `${server.name}=${dnsNames(environment, server, server.certificateFor?.(environment) ?? []).join(',')}`,
      ),
    );
  });

  test('what makes certificates may make Secrets, read authorities, replace certificates, and nothing else', () => {
    const rule = (verbs: string[], resourceNames?: string[]) => ({
      apiGroups: [''],
      resources: ['secrets'],
      ...(resourceNames && { resourceNames }),
      verbs,
    });
    expect(object(environment, 'Role', 'certificates').rules).toEqual([
      rule(['create']),
      rule(
        ['get'],
        servers.map(({ name }) => `${name}-ca`),
      ),
      rule(
        ['get', 'update'],
        servers.map(({ name }) => `${name}-tls`),
      ),
    ]);
  });

  test('no pod mounts the key of an authority, and only members and backups that of a certificate', () => {
    const mounting = pods(environment).flatMap(({ labels, pod }) =>
      pod.volumes
        .filter(({ secret }) => secret !== undefined)
        .map(({ secret }) => `${labels['app.kubernetes.io/name']} ${secret?.secretName}`),
    );
    expect([...new Set(mounting)].sort()).toEqual([
      ...(environment.elasticsearch.tls ? ['elasticsearch elasticsearch-tls'] : []),
      'postgres postgres-tls',
      ...(environment.backups ? ['postgres-backup postgres-tls'] : []),
      ...(environment.application.redis ? ['redis redis-tls'] : []),
    ]);
    for (const { owner, pod } of pods(environment)) {
      for (const { secret, projected } of pod.volumes) {
        expect(secret?.secretName ?? '').not.toMatch(/-ca$/);
        for (const { secret: projection } of projected?.sources ?? []) {
          if (!projection) continue;
          expect(projection.name).not.toMatch(/-ca$/);
          if (projection.name.endsWith('-tls'))
            expect([owner, projection.items]).toEqual([owner, [expect.objectContaining({ key: 'ca.crt' })]]);
        }
      }
    }
  });

  test('they are renewed each night by what made them, in time for a month of failures', () => {
    const made = podOf(environment, 'Job', 'certificates');
    const { spec } = object(environment, 'CronJob', 'renew-certificates');
    expect(podOf(environment, 'CronJob', 'renew-certificates')).toEqual({ ...made, restartPolicy: 'Never' });
    expect(spec?.schedule).toBe('20 0 * * *');
    expect(spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe(600);
  });

  test('their pod is small, of the image for credentials, and mounts no secret', () => {
    const pod = podOf(environment, 'Job', 'certificates');
    expect(pod.containers).toHaveLength(1);
    expect(pod.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '256Mi' } }]);
    expect(secretsOf(pod, 'renew-certificates')).toEqual([]);
    expect(containerOf(pod, 'renew-certificates')).toMatchObject({
      image: environment.images.credentials,
      resources: { requests: { cpu: '10m', memory: '96Mi' } },
    });
  });

  test('nothing of them is missing in any environment', () => {
    const names = manifests(environment)
      .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'certificates')
      .map(({ kind }) => kind);
    expect(names).toEqual(['NetworkPolicy', 'ServiceAccount', 'Role', 'RoleBinding', 'Job', 'CronJob']);
  });
});

test('it is of the operations tier', () => {
  expect(certificates.tier).toBe('operations');
});
