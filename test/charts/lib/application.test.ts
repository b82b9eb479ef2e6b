import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import {
  allowedHosts,
  applicationContainer,
  applicationPod,
  siteUrl,
} from '../../../charts/lib/application.ts';
import { mediaUsed } from '../../../charts/lib/media.ts';
import { credentialFile } from '../../../charts/lib/secret-file.ts';
import type { ApplicationRole } from '../../../charts/lib/users.ts';
import { WorkloadChart } from '../../../charts/lib/workload-chart.ts';
import { web } from '../../../charts/workloads/web.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { credentials, credentialsOf } from '../../../environments/credentials.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { gatewayAddress, wholeIngress } from '../../lib/addresses.ts';
import { small } from '../../lib/applications.ts';
import { containersOf, locally, object, pods, variants } from '../../lib/manifests.ts';

const elsewhere = (address: typeof gatewayAddress | typeof wholeIngress) => ({ ...production, address });

test('Django answers the hosts of the address only or, on this machine, those that mean this machine', () => {
  expect(allowedHosts(production)).toEqual([production.address.host]);
  expect(allowedHosts(elsewhere(wholeIngress))).toEqual([
    'whole.example.org',
    'www.whole.example.org',
    'whole.example.net',
  ]);
  expect(allowedHosts(elsewhere(gatewayAddress))).toEqual(['gateway.example.org', 'www.gateway.example.org']);
  expect(allowedHosts(dev)).toEqual(['localhost', '127.0.0.1']);
});

test('the address that visitors type is by TLS where others can visit it, with the first host', () => {
  expect(siteUrl(production)).toBe(`https://${production.address.host}`);
  expect(siteUrl(elsewhere(wholeIngress))).toBe('https://whole.example.org');
  expect(siteUrl(elsewhere(gatewayAddress))).toBe('https://gateway.example.org');
  expect(siteUrl(locally('production'))).toBe(`http://localhost:${production.localAddress.port}`);
});

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const used = (role: ApplicationRole) => [
    mediaUsed(environment),
    ...workloadsOf(environment).flatMap(({ forApplication }) => forApplication?.(environment, role) ?? []),
  ];
  const asFiles = environment.application.credentialsAs === 'files';
  /** The settings of the application's own file, but for credentials that the environment does not need. */
  const own = Object.entries(environment.application.settings ?? {}).filter(
    ([, value]) => typeof value === 'string' || credentialsOf(environment).includes(value.credential),
  );
  /** Every container of the application, with the role in which it comes to the data services. */
  const application = () =>
    pods(environment).flatMap(({ owner, pod }) =>
      containersOf(pod)
        .filter(({ env }) => env?.some(({ name }) => name === 'DJANGO_ALLOWED_HOSTS'))
        .map((container) => ({
          owner,
          pod,
          container,
          role: /^(migrate|step-\d+-.*|rebuild-index)$/.test(container.name)
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

  test('each has its settings, those of its uploads and of each service that it uses, and those of its own file', () => {
    for (const { owner, container, role } of application()) {
      const settings = Object.fromEntries(
        (container.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]),
      );
      expect([owner, container.name, settings]).toEqual([
        owner,
        container.name,
        expect.objectContaining(
          Object.assign(
            {
              DEBUG: environment.debug ? '1' : '0',
              DJANGO_ALLOWED_HOSTS: allowedHosts(environment).join(' '),
              SITE_URL: siteUrl(environment),
            },
            ...[
              ...[
                { SECRET_KEY: { credential: 'SECRET_KEY' as const } },
                ...used(role).map(({ settings }) => settings),
              ].flatMap((settings) => Object.entries(settings)),
              ...own,
            ].map(([name, value]) => {
              if (typeof value === 'string') return { [name]: value };
              if (asFiles) return { [`${name}_FILE`]: `/run/secrets/coped/${name}` };
              const { secret, key } = credentials[value.credential];
              return { [name]: { secretKeyRef: { name: secret, key } } };
            }),
            // What rebuilds the index only reads, and must not give up as a migration does that waits for a lock.
            container.name === 'rebuild-index' ? { PGOPTIONS: '-c lock_timeout=0' } : {},
          ),
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
              ...(asFiles ? [credentialFile('SECRET_KEY', 'SECRET_KEY')] : []),
              ...used(role).flatMap(({ settings, files }) => [
                ...Object.entries(settings).flatMap(([name, value]) =>
                  typeof value === 'string' || !asFiles ? [] : [credentialFile(value.credential, name)],
                ),
                ...files,
              ]),
              ...own.flatMap(([name, value]) =>
                typeof value === 'string' || !asFiles ? [] : [credentialFile(value.credential, name)],
              ),
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
    const commands = /^(wait-for-|load-|migrate$|step-|rebuild-)/;
    for (const { container } of application().filter(({ container }) => commands.test(container.name)))
      expect(container.resources.requests).toMatchObject({ cpu: '50m', memory: '256Mi' });
  });

  /** Each container that waits or migrates, and what it calls of the program. */
  const steps = () =>
    application()
      .filter(({ container }) => /^(wait-for-.*|migrate)$/.test(container.name))
      .map((each) => {
        const call = /^import wait_or_migrate; wait_or_migrate\.(.*)$/.exec(
          each.container.command?.at(-1) ?? '',
        );
        return { ...each, call: call?.[1] };
      });

  test('what waits or migrates is called in the shell of Django, which neither checks nor imports the URLconf', () => {
    const program = object(environment, 'ConfigMap', 'migrate');
    expect(program.data).toEqual({ 'wait_or_migrate.py': expect.stringContaining('def migrate(') });
    for (const { container, call } of steps()) {
      const shell = ['python', 'manage.py', 'shell', '--verbosity', '0'];
      expect(container.command?.slice(0, -1)).toEqual([
        ...shell,
        '--pythonpath',
        '/run/migrate',
        '--command',
      ]);
      expect(program.data?.['wait_or_migrate.py']).toContain(`\ndef ${call?.split('(')[0]}(`);
    }
  });

  test('a pod has the program if a container of it waits or migrates, which mounts it', () => {
    const mount = { name: 'migrate-program', mountPath: '/run/migrate', readOnly: true };
    for (const { owner, container, pod } of application()) {
      const inPod = steps().filter((each) => each.pod === pod);
      expect([owner, pod.volumes.filter(({ name }) => name === mount.name)]).toEqual([
        owner,
        inPod.length > 0 ? [{ name: mount.name, configMap: { name: 'migrate' } }] : [],
      ]);
      expect([
        owner,
        container.name,
        container.volumeMounts.filter(({ name }) => name === mount.name),
      ]).toEqual([owner, container.name, inPod.some((each) => each.container === container) ? [mount] : []]);
    }
  });

  const ownDatabases = Object.entries(environment.application.databases ?? {}).flatMap(([name, { owner }]) =>
    owner === 'application' ? [name] : [],
  );

  test('a Job gives up a wait, and is tried again; a server waits as long as a person takes to migrate', () => {
    for (const { owner, container, call } of steps()) {
      const also = ownDatabases.length > 0 ? [`also=${JSON.stringify(ownDatabases)}`] : [];
      const argument = [...(owner.includes(' Job/') ? ['gives_up=True'] : []), ...also].join(', ');
      const calls: Record<string, string> = {
        'wait-for-postgres': `wait_for_postgres(${argument})`,
        'wait-for-migrations': `wait_for_migrations(${argument})`,
        migrate: `migrate(${also.join('')})`,
      };
      expect([owner, container.name, call]).toEqual([owner, container.name, calls[container.name]]);
    }
    const kinds = new Set(steps().map(({ owner }) => owner.split(/[ /]/)[1]));
    expect(kinds).toEqual(new Set(['Deployment', 'Job']));
  });

  test('the status of a pod says why what waits or migrates has failed', () => {
    for (const { container } of application())
      expect([container.name, container.terminationMessagePolicy]).toEqual([
        container.name,
        steps().some((each) => each.container === container) ? 'FallbackToLogsOnError' : undefined,
      ]);
  });

  test('the index is rebuilt as soon as Elasticsearch answers', () => {
    for (const { container } of application().filter(({ container }) => container.name === 'rebuild-index'))
      expect(container.command).toEqual(['python', 'manage.py', 'rebuild_index', '--wait', '600']);
  });
});

test('a container may have mounts, and a pod volumes, of its own beside those', () => {
  const environment = { ...production, application: small };
  const chart = new WorkloadChart(new App(), web, environment, workloadsOf(environment));
  const mount = { name: 'own', mountPath: '/own' };
  const container = applicationContainer(chart, { name: 'x', volumeMounts: [mount] });
  const volume = { name: 'own', emptyDir: {} };
  expect(container.volumeMounts).toContainEqual(mount);
  expect(applicationPod(chart, { containers: [container], volumes: [volume] }).volumes).toContainEqual(
    volume,
  );
  expect(applicationPod(chart, { containers: [{ ...container, volumeMounts: [] }] }).volumes).toHaveLength(1);
});

test.each(['DEBUG', 'GUNICORN_CMD_ARGS'])('the application does not set %s, which the charts set', (name) => {
  const application = { ...small, settings: { [name]: '1' }, slowestPageSeconds: 80 };
  const environment = { ...production, application };
  expect(() => pods(environment)).toThrow(
    `environments/application.ts sets ${name}, which the charts set; expected another name: docs/application-contract.md lists those that are taken`,
  );
});

describe("a credential among the application's own settings", () => {
  const settings = { EMAIL_PORT: '587', STORE_KEY: { credential: 'BACKUP_S3_KEY' as const } };
  const env = (environment: AnyEnvironment) => {
    const web = pods(environment).find(({ labels }) => labels['app.kubernetes.io/name'] === 'web');
    return web?.pod.containers.flatMap((container) => container.env ?? []) ?? [];
  };

  test('is a file or a variable of its name where the environment needs it', () => {
    const application = { ...small, settings };
    expect(env({ ...production, application })).toContainEqual({
      name: 'STORE_KEY_FILE',
      value: '/run/secrets/coped/STORE_KEY',
    });
    expect(
      env({ ...production, application: { ...application, credentialsAs: 'variables' } }),
    ).toContainEqual({
      name: 'STORE_KEY',
      valueFrom: { secretKeyRef: { name: 'backup-s3-key', key: 'key' } },
    });
  });

  test('is not there where the environment does not need it; its other settings are', () => {
    const names = env({ ...dev, application: { ...small, settings } }).map(({ name }) => name);
    expect(names).toContain('EMAIL_PORT');
    expect(names.filter((name) => name.startsWith('STORE_KEY'))).toEqual([]);
  });
});
