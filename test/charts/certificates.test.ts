import { describe, expect, test } from '@jest/globals';
import { dnsNames } from '../../charts/lib/tls.ts';
import { elasticsearch } from '../../charts/workloads/elasticsearch.ts';
import { postgres } from '../../charts/workloads/postgres.ts';
import { allEnvironments, manifests, pods } from '../lib/manifests.ts';

describe.each(allEnvironments)('$namespace', (environment) => {
  const all = manifests(environment);
  const services = ['postgres', ...(environment.elasticsearch.tls ? ['elasticsearch'] : [])];

  test('a certificate is for every Service of its workload, by each of its names, and for every member', () => {
    for (const workload of [postgres, elasticsearch]) {
      const certified = workload.certificateFor?.(environment);
      if (!certified) continue;
      const holds = dnsNames(environment, workload, certified);
      const names = all
        .filter(
          ({ kind, metadata }) =>
            kind === 'Service' && metadata.labels?.['app.kubernetes.io/name'] === workload.name,
        )
        .map(({ metadata }) => metadata.name);
      expect(holds).toEqual(
        expect.arrayContaining(
          names.flatMap((name) => [
            name,
            `${name}.${environment.namespace}.svc`,
            `${name}.${environment.namespace}.svc.cluster.local`,
          ]),
        ),
      );
      expect(holds).toContain(`*.${workload.name}-headless.${environment.namespace}.svc`);
    }
  });

  test('what makes certificates may read their Secrets only, and replace no authority', () => {
    const role = all.find(({ kind, metadata }) => kind === 'Role' && metadata.name === 'certificates');
    expect(role).toMatchObject({
      rules: [
        { resources: ['secrets'], verbs: ['create'] },
        { resourceNames: services.map((service) => `${service}-ca`), verbs: ['get'] },
        { resourceNames: services.map((service) => `${service}-tls`), verbs: ['get', 'update'] },
      ],
    });
  });

  test('no pod mounts the key of an authority, and only the service itself that of its certificate', () => {
    for (const { owner, pod } of pods(environment)) {
      for (const { secret, projected } of pod.volumes) {
        expect(secret?.secretName ?? '').not.toMatch(/-ca$/);
        for (const { secret: projection } of projected?.sources ?? []) {
          expect(projection.name).not.toMatch(/-ca$/);
          if (projection.name.endsWith('-tls'))
            expect([owner, projection.items]).toEqual([owner, [expect.objectContaining({ key: 'ca.crt' })]]);
        }
      }
    }
  });

  test('they are renewed each night by what made them', () => {
    const [job] = all.filter(
      ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('certificates-'),
    );
    const cronJob = all.find(
      ({ kind, metadata }) => kind === 'CronJob' && metadata.name === 'renew-certificates',
    );
    expect(cronJob?.spec?.jobTemplate?.spec.template.spec).toEqual({
      ...job?.spec?.template?.spec,
      restartPolicy: 'Never',
    });
  });
});
