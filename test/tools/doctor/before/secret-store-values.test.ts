import { describe, expect, test } from '@jest/globals';
import { credentials } from '../../../../environments/credentials.ts';
import type { AnyEnvironment } from '../../../../environments/environment.ts';
import { madeByCharts } from '../../../../tools/cluster/manifests.ts';
import { openProbe } from '../../../../tools/doctor/before/probe.ts';
import { clusterBefore, found, groups, items, kinds } from '../../../lib/before.ts';
import { forbidden } from '../../../lib/clusters.ts';
import { bad, failed, warning } from '../../../lib/doctor.ts';
import {
  answers,
  condition,
  environment,
  look,
  needed,
  operator,
  ownStore,
  withStore,
} from '../../../lib/secret-store.ts';

describe('the values', () => {
  const title = 'Secrets';

  test('are all there', async () =>
    expect(await look(title)).toEqual({
      level: 'good',
      detail: `the ClusterSecretStore vault has all ${needed.length}`,
    }));

  test('that the store lacks are named, with where they should be and what the operator says', async () => {
    const error = condition('False', 'could not get secret data from provider');
    const by = operator({ SQL_PASSWORD: error, BACKUP_S3_KEY: error });
    const events = () =>
      items(
        by.event('SQL_PASSWORD', 'an older reason'),
        by.event(
          'SQL_PASSWORD',
          'error processing spec.data[0] (key: coped/production), err: Secret does not exist',
        ),
        by.event('SECRET_KEY', 'something that is over'),
      );
    const finding = await look(title, { 'get events --namespace coped-production': events }, environment, by);
    expect(finding).toEqual(
      bad(
        new RegExp(
          `^the ClusterSecretStore vault does not give 2 of ${needed.length}: ` +
            'SQL_PASSWORD \\(coped/production, property SQL_PASSWORD\\): Secret does not exist; ' +
            'BACKUP_S3_KEY \\(coped/production, property BACKUP_S3_KEY\\): could not get secret data from provider$',
        ),
        'npm run secrets -- production --context test lists',
      ),
    );
  });

  test('are asked for in the namespace of the environment, as ExternalSecrets that make no Secret, and these go again', async () => {
    const by = operator();
    const cluster = clusterBefore(answers({}, by));
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    const made = by.made();
    expect(made).toHaveLength(needed.length);
    for (const [index, name] of needed.entries())
      expect(made[index]).toMatchObject({
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: `${probe.namespace}-${credentials[name].secret}`, labels: madeByCharts },
        spec: {
          secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
          target: { creationPolicy: 'None' },
          data: [{ remoteRef: { key: 'coped/production', property: name } }],
        },
      });
    await probe.remove();
    const names = needed
      .map((name) => `ExternalSecret/${probe.namespace}-${credentials[name].secret}`)
      .join(' ');
    expect(cluster.asked.at(-1)).toBe(
      `delete --namespace coped-production ${names} --ignore-not-found --wait=false`,
    );
  });

  test('what cannot be removed again is named, with the command', async () => {
    const cluster = clusterBefore(
      answers({ 'delete --namespace coped-production': await failed('the server does not answer') }),
    );
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    await expect(probe.remove()).rejects.toThrow(
      /is still there: the server does not answer\nremove it: kubectl --context test delete --namespace coped-production ExternalSecret\/coped-before-\w{8}-django /,
    );
  });

  test('what another run has left is no answer', async () => {
    const old = (name: string) => ({ metadata: { name }, ...condition('True', 'secret synced') });
    const by = operator({ SQL_PASSWORD: condition('False', 'Secret does not exist') });
    const others = needed.flatMap((name) =>
      ['before', 'coped-before-01234567'].map((run) => old(`${run}-${credentials[name].secret}`)),
    );
    const all = () => items(...JSON.parse(by.answer()).items, ...others);
    expect(await look(title, { 'get externalsecrets.external-secrets.io': all }, environment, by)).toEqual(
      bad(`does not give 1 of ${needed.length}: SQL_PASSWORD`, 'look again'),
    );
    const [name] = by.made().map(({ metadata }) => metadata.name);
    await look(title, {}, environment, by);
    expect(by.made().map(({ metadata }) => metadata.name)).not.toContain(name);
  });

  test('are not taken for something of an earlier version while they are asked for', async () => {
    const by = operator();
    const killed = { kind: 'ExternalSecret', metadata: { name: 'coped-before-01234567-django' } };
    const present = () =>
      items(killed, ...by.made().map(({ metadata }) => ({ kind: 'ExternalSecret', metadata })));
    const cluster = clusterBefore(
      answers(
        {
          'get --raw /apis/external-secrets.io/v1': kinds('ExternalSecret'),
          'get --raw /apis': groups('external-secrets.io'),
          'get externalsecret --namespace coped-production': present,
        },
        by,
      ),
    );
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    expect(await found('not in dist/', cluster, probe, environment)).toEqual(
      warning(
        /^ExternalSecret\/coped-before-01234567-django of an earlier version/,
        /delete externalsecret\/coped-before-01234567-django$/,
      ),
    );
  });

  test('that may not be asked for leave nothing to remove', async () => {
    const cluster = clusterBefore(
      answers({ 'apply --namespace coped-production': await forbidden('externalsecrets') }),
    );
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    await probe.remove();
    expect(cluster.asked.filter((question) => question.startsWith('delete'))).toEqual([]);
  });

  test('that could not be asked for all are removed as far as they are there', async () => {
    const cluster = clusterBefore(
      answers({ 'apply --namespace coped-production': await failed('the server does not answer') }),
    );
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    await probe.remove();
    expect(cluster.asked.at(-1)).toMatch(/^delete --namespace coped-production ExternalSecret/);
  });

  test('of a store for every namespace are asked for in the one of the probe, before the environment has one', async () => {
    const cluster = clusterBefore({
      'get --raw /apis/external-secrets.io/v1': '{}',
      'get namespace coped-production': '',
      'get externalsecrets.external-secrets.io --namespace coped-before-': () =>
        items(
          ...cluster
            .applied()
            .filter((each) => 'kind' in each && each.kind === 'ExternalSecret')
            .map((each) => ({ ...each, ...condition('True', 'secret synced') })),
        ),
    });
    const probe = openProbe(cluster, environment);
    expect(await found(title, cluster, probe, environment)).toMatchObject({ level: 'good' });
    expect(cluster.names()).toContain(`ExternalSecret ${probe.namespace}-postgres-app`);
    await probe.remove();
    expect(cluster.asked.filter((question) => question.startsWith('delete'))).toEqual([
      `delete namespace ${probe.namespace} --ignore-not-found --wait=false`,
    ]);
  });

  test('are asked for in a namespace that somebody else has made, without asking for it', async () =>
    expect(
      await look(title, { 'get namespace coped-production': await failed('Error from server (Forbidden)') }, {
        ...environment,
        cluster: { createsNamespace: false },
      } as AnyEnvironment),
    ).toMatchObject({ level: 'good' }));

  test('are not asked for where nobody would answer, and nothing is made', async () => {
    const cluster = clusterBefore({
      'get --raw /apis/external-secrets.io/v1': await failed('Error from server (NotFound): not found'),
    });
    const probe = openProbe(cluster, environment);
    expect(await found(title, cluster, probe, environment)).toEqual(
      bad('without the External Secrets Operator', 'secret store'),
    );
    await probe.remove();
    expect(cluster.asked).toEqual(['get --raw /apis/external-secrets.io/v1']);
  });

  test('of a store of the namespace wait for the namespace', async () =>
    expect(await look(title, { 'get namespace coped-production': '' }, withStore(ownStore))).toEqual(
      bad(
        'there is no namespace coped-production',
        'kubectl --context test apply -f dist/production/00-namespace.yaml',
      ),
    ));
});
