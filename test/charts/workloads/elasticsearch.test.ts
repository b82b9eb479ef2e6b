import { describe, expect, test } from '@jest/globals';
import {
  agreementSeconds,
  configure,
  markAsFormed,
  passwordOf,
} from '../../../charts/configuration/elasticsearch.ts';
import { credentialFile, secretFile } from '../../../charts/lib/secret-file.ts';
import { elasticsearch } from '../../../charts/workloads/elasticsearch.ts';
import { credentials } from '../../../environments/credentials.ts';
import { containerOf, object, podOf, secretsOf, variants } from '../../lib/manifests.ts';

const home = '/usr/share/elasticsearch';
const passwords = Object.values(passwordOf)
  .map((name) => `${credentials[name].secret}/${credentials[name].key}`)
  .sort();

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const { nodes, tls, cpuMillicores, memoryMebibytes } = environment.elasticsearch;
  const pod = () => podOf(environment, 'StatefulSet', 'elasticsearch');
  const node = () => containerOf(pod(), 'elasticsearch');
  const hasPeers = nodes > 1;

  test('a node that has peers waits for them before it stops, and is given the time', () => {
    const { preStop } = node().lifecycle ?? {};
    expect(preStop).toEqual(
      hasPeers
        ? { exec: { command: ['bash', 'config/agree-to-stop.sh', `${nodes}`, `${agreementSeconds}`] } }
        : undefined,
    );
    expect(pod().terminationGracePeriodSeconds).toBe(hasPeers ? agreementSeconds + 60 : 60);
  });

  test('a node is ready while it is part of a cluster; being busy is no reason to kill it', () => {
    expect(node().readinessProbe).toEqual({
      tcpSocket: { port: 'readiness' },
      periodSeconds: 5,
      failureThreshold: 3,
    });
    expect(node()).not.toHaveProperty('livenessProbe');
  });

  test('a node has a quarter of an hour to start, and remembers that it was part of a cluster', () => {
    expect(node().startupProbe).toEqual({
      ...(hasPeers
        ? { exec: { command: ['bash', '-c', markAsFormed(elasticsearch)] }, timeoutSeconds: 5 }
        : { tcpSocket: { port: 'readiness' } }),
      periodSeconds: 2,
      failureThreshold: 450,
    });
  });

  test('the heap leaves more than half of the memory to the rest, and never grows', () => {
    const heap = `${Math.floor(memoryMebibytes * 0.4)}m`;
    expect(node().env).toEqual([
      { name: 'ES_JAVA_OPTS', value: `-Xms${heap} -Xmx${heap}` },
      { name: 'ES_TMPDIR', value: '/tmp' },
    ]);
  });

  test('the configuration is made before, by the image itself and by the program that writes users', () => {
    expect(pod().initContainers?.map(({ name }) => name)).toEqual(['configure', 'users']);
    expect(containerOf(pod(), 'configure').command).toEqual([
      'bash',
      '-euc',
      configure(elasticsearch, environment, '/run/secrets/coped'),
    ]);
    const { command, args } = containerOf(pod(), 'users');
    expect(command).toEqual(['write-elasticsearch-users']);
    expect(args).toEqual(['/run/secrets/coped', '/config', ...Object.keys(passwordOf)]);
    expect(node().command).toBeUndefined();
  });

  test('each of its containers has its image, and reserves what the environment says', () => {
    const { elasticsearch: own, credentials: tools } = environment.images;
    const size = (memory: number) =>
      expect.objectContaining({ cpu: `${cpuMillicores}m`, memory: `${memory}Mi` });
    const found = ['configure', 'users', 'elasticsearch'].map((name) => {
      const { image, resources } = containerOf(pod(), name);
      return [image, resources?.requests];
    });
    expect(found).toEqual([
      [own, size(128)],
      [tools, size(128)],
      [own, size(memoryMebibytes)],
    ]);
    expect(pod().containers).toHaveLength(1);
  });

  test('only the containers that need the passwords have them, and the node none but its own certificate', () => {
    expect(secretsOf(pod(), 'users')).toEqual(passwords);
    expect(secretsOf(pod(), 'configure')).toEqual(hasPeers ? passwords : []);
    expect(secretsOf(pod(), 'elasticsearch')).toEqual(tls ? ['elasticsearch-tls/*'] : []);
  });

  test("the passwords are files of their users' names", () => {
    expect(pod().volumes?.find(({ name }) => name === 'passwords')).toEqual({
      name: 'passwords',
      projected: {
        defaultMode: 0o440,
        sources: Object.entries(passwordOf).map(([user, credential]) => credentialFile(credential, user)),
      },
    });
  });

  test('mounts: settings and certificates as whole folders, so that renewed ones appear', () => {
    const config = { name: 'config', mountPath: '/config' };
    const passwordFiles = { name: 'passwords', mountPath: '/run/secrets/coped', readOnly: true };
    const data = { name: 'data', mountPath: `${home}/data` };
    const temporary = { name: 'tmp', mountPath: '/tmp' };
    expect(containerOf(pod(), 'configure').volumeMounts).toEqual([
      temporary,
      config,
      { name: 'configuration', mountPath: '/configuration', readOnly: true },
      ...(hasPeers ? [data, passwordFiles] : []),
    ]);
    expect(containerOf(pod(), 'users').volumeMounts).toEqual([temporary, config, passwordFiles]);
    expect(node().volumeMounts).toEqual([
      temporary,
      data,
      { name: 'logs', mountPath: `${home}/logs` },
      { name: 'config', mountPath: `${home}/config` },
      ...(tls ? [{ name: 'tls', mountPath: `${home}/config/tls`, readOnly: true }] : []),
    ]);
  });

  test('volumes: settings, which hold a password, in memory; logs with a limit', () => {
    expect(pod().volumes?.filter(({ name }) => name !== 'passwords')).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'logs', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'config', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
      { name: 'configuration', configMap: { name: 'elasticsearch' } },
      ...(tls ? [{ name: 'tls', secret: { secretName: 'elasticsearch-tls', defaultMode: 0o440 } }] : []),
    ]);
  });

  test('it opens a port to its peers only where it has some', () => {
    expect(node().ports).toEqual([
      { name: 'http', containerPort: 9200 },
      ...(hasPeers ? [{ name: 'transport', containerPort: 9300 }] : []),
      { name: 'readiness', containerPort: 8080 },
    ]);
    expect(object(environment, 'Service', 'elasticsearch').spec?.ports?.[0]?.port).toBe(9200);
  });

  test.each([
    ['application', 'coped', 'ELASTIC_PASSWORD'],
    ['migrator', 'coped-indexer', 'ELASTIC_INDEXER_PASSWORD'],
  ] as const)(
    'the application connects as %s by the user %s, and knows the authority where there is TLS',
    (role, user, password) => {
      const { connection, settings, files } = elasticsearch.forApplication?.(environment, role) ?? {};
      expect(connection).toMatchObject({ to: elasticsearch, port: 9200 });
      expect(settings).toEqual({
        ELASTIC_HOSTNAME: 'elasticsearch',
        ELASTIC_PORT: '9200',
        ELASTIC_USER: user,
        ELASTIC_PASSWORD: { credential: password },
        ...(tls && { ELASTIC_CA_FILE: '/run/secrets/coped/elasticsearch-ca.crt' }),
      });
      expect(files).toEqual([
        ...(tls ? [secretFile('elasticsearch-tls', 'ca.crt', 'elasticsearch-ca.crt')] : []),
      ]);
    },
  );
});

test('it is of the data tier', () => {
  expect(elasticsearch.tier).toBe('data');
});
