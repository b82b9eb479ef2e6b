import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import {
  allowedHosts,
  applicationContainer,
  applicationPod,
  siteUrl,
} from '../../../charts/lib/application.ts';
import type { ApplicationRole } from '../../../charts/lib/users.ts';
import { WorkloadChart } from '../../../charts/lib/workload-chart.ts';
import { web } from '../../../charts/workloads/web.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { containersOf, locally, objects, pods, variants } from '../../lib/manifests.ts';

test('Django answers the host of the Ingress only or, on this machine, those that mean this machine', () => {
  expect(allowedHosts(production)).toEqual([production.address.host]);
  expect(allowedHosts(dev)).toEqual(['localhost', '127.0.0.1']);
});

test('the address that visitors type is by TLS where there is an Ingress', () => {
  expect(siteUrl(production)).toBe(`https://${production.address.host}`);
  expect(siteUrl(locally('production'))).toBe(`http://localhost:${production.localAddress.port}`);
});

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const used = (role: ApplicationRole) =>
    workloadsOf(environment).flatMap(({ forApplication }) => forApplication?.(environment, role) ?? []);
  /** Every container of the application, with the role in which it comes to the data services. */
  const application = () =>
    pods(environment).flatMap(({ owner, pod }) =>
      containersOf(pod)
        .filter(({ env }) => env?.some(({ name }) => name === 'SITE_URL'))
        .map((container) => ({
          owner,
          pod,
          container,
          role: ['migrate', 'rebuild-index'].includes(container.name)
            ? ('migrator' as const)
            : ('application' as const),
        })),
    );
  const volumeOf = { application: 'credentials', migrator: 'migrator-credentials' };

  test('every container of the web image but the one that copies files is one of the application, and no other', () => {
    const ofImage = pods(environment).flatMap(({ pod }) =>
      containersOf(pod).filter(
        ({ image, name }) => image === environment.images.web && name !== 'copy-static-files',
      ),
    );
    expect(application().map(({ container }) => container)).toEqual(ofImage);
  });

  test('each has its settings, those of each service that it uses, and no other', () => {
    for (const { owner, container, role } of application()) {
      const settings = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
      expect([owner, container.name, settings]).toEqual([
        owner,
        container.name,
        Object.assign(
          {
            DEBUG: environment.debug ? '1' : '0',
            DJANGO_ALLOWED_HOSTS: allowedHosts(environment).join(' '),
            SITE_URL: siteUrl(environment),
            SECRET_KEY_FILE: '/run/secrets/coped/SECRET_KEY',
          },
          ...used(role).map((each) => each.settings),
          // What rebuilds the index only reads, and must not give up as a migration does that waits for a lock.
          container.name === 'rebuild-index' ? { PGOPTIONS: '-c lock_timeout=0' } : {},
        ),
      ]);
    }
  });

  test('only what migrates and rebuilds the index has the credentials for it, and it has no others', () => {
    for (const { owner, container, role } of application()) {
      const mounts = container.volumeMounts.filter(({ mountPath }) => mountPath === '/run/secrets/coped');
      expect([owner, container.name, mounts]).toEqual([
        owner,
        container.name,
        [{ name: volumeOf[role], mountPath: '/run/secrets/coped', readOnly: true }],
      ]);
      const names = container.volumeMounts.map(({ name }) => name);
      expect(names.filter((name) => Object.values(volumeOf).includes(name))).toHaveLength(1);
    }
  });

  test('a pod has the credentials of the roles of its containers, and no others', () => {
    for (const { owner, pod } of application()) {
      const roles = application()
        .filter((each) => each.pod === pod)
        .map(({ role }) => role);
      const volumes = pod.volumes.filter(({ name }) => Object.values(volumeOf).includes(name));
      const expected = (['application', 'migrator'] as const)
        .filter((role) => roles.includes(role))
        .map((role) => ({
          name: volumeOf[role],
          projected: {
            defaultMode: 0o440,
            sources: [
              { secret: { name: 'django', items: [{ key: 'secret-key', path: 'SECRET_KEY' }] } },
              ...used(role).flatMap(({ files }) => files),
            ],
          },
        }));
      expect([owner, volumes]).toEqual([owner, expected]);
    }
  });

  test('the source of the developer is in each container where it is edited live, read-only, and nowhere else', () => {
    for (const { container, pod } of application()) {
      const mounts = container.volumeMounts.filter(({ name }) => name === 'source');
      const volumes = pod.volumes.filter(({ name }) => name === 'source');
      expect(mounts).toEqual(
        environment.liveEdit ? [{ name: 'source', mountPath: '/srv/coped', readOnly: true }] : [],
      );
      expect(volumes).toEqual(
        environment.liveEdit
          ? [{ name: 'source', persistentVolumeClaim: { claimName: 'source', readOnly: true } }]
          : [],
      );
    }
  });

  test('a command of Django, unlike a server, has the same small size everywhere', () => {
    const commands = /^(wait-for-|load-|migrate$|rebuild-)/;
    for (const { container } of application().filter(({ container }) => commands.test(container.name)))
      expect(container.resources.requests).toMatchObject({ cpu: '50m', memory: '256Mi' });
  });

  test('a migration that does not get a lock is tried again, by a program that needs nothing of the application', () => {
    const containers = application().filter(({ container }) => container.name === 'migrate');
    expect(containers).not.toEqual([]);
    const program = objects(environment, 'ConfigMap').find(({ metadata }) => metadata.name === 'migrate');
    expect(program?.data).toEqual({
      'migrate.py': expect.stringMatching(/LOCK_NOT_AVAILABLE.*\nmigrate\(\)\n$/s),
    });
    for (const { container, pod } of containers) {
      const run = 'exec python manage.py shell --verbosity 0 </run/migrate/migrate.py';
      expect(container.command).toEqual(['sh', '-c', run]);
      const mount = { name: 'migrate-program', mountPath: '/run/migrate', readOnly: true };
      expect(container.volumeMounts).toContainEqual(mount);
      expect(pod.volumes).toContainEqual({ name: 'migrate-program', configMap: { name: 'migrate' } });
    }
  });

  test('what waits asks until it gets an answer, every two seconds, and says why it waits', () => {
    const commands = new Map(application().map(({ container }) => [container.name, container.command]));
    const waiting = (command: string) => [
      'sh',
      '-c',
      `until out=$(python manage.py ${command} 2>&1); do echo "$out" | tail -n 1; sleep 2; done; echo "$out"`,
    ];
    expect(commands.get('wait-for-postgres')).toEqual(waiting('showmigrations'));
    if (environment.migrations !== 'at-start')
      expect(commands.get('wait-for-migrations')).toEqual(waiting('migrate --check'));
    expect(commands.get('rebuild-index')).toEqual(['python', 'manage.py', 'rebuild_index', '--wait', '600']);
  });
});

test('a container may have mounts, and a pod volumes, of its own beside those', () => {
  const chart = new WorkloadChart(new App(), web, production, workloadsOf(production));
  const mount = { name: 'own', mountPath: '/own' };
  const container = applicationContainer(chart, { name: 'x', volumeMounts: [mount] });
  const volume = { name: 'own', emptyDir: {} };
  expect(container.volumeMounts).toContainEqual(mount);
  expect(applicationPod(chart, { containers: [container], volumes: [volume] }).volumes).toContainEqual(
    volume,
  );
  expect(applicationPod(chart, { containers: [{ ...container, volumeMounts: [] }] }).volumes).toHaveLength(1);
});
