import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import {
  agreementSeconds,
  configuration,
  configure,
  markAsFormed,
  passwordOf,
} from '../../../charts/configuration/elasticsearch.ts';
import { elasticsearchUsers } from '../../../charts/lib/users.ts';
import { elasticsearch } from '../../../charts/workloads/elasticsearch.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { object, podOf, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const files = () => object(environment, 'ConfigMap', 'elasticsearch').data ?? {};
  const settings = () => load(files()['elasticsearch.yml'] ?? '') as Readonly<Record<string, unknown>>;
  const roles = () => load(files()['roles.yml'] ?? '');
  const { nodes, tls } = environment.elasticsearch;
  const having = (prefix: string) =>
    Object.fromEntries(Object.entries(settings()).filter(([name]) => name.startsWith(prefix)));

  test('users are those of the files; there is no superuser, and nobody becomes one at the first start', () => {
    expect({
      ...having('xpack.security.auto'),
      ...having('xpack.security.enr'),
      ...having('xpack.security.authc'),
    }).toEqual({
      'xpack.security.autoconfiguration.enabled': false,
      'xpack.security.enrollment.enabled': false,
      'xpack.security.authc.realms.file.users.order': 0,
      'xpack.security.authc.realms.native.unused.enabled': false,
      'xpack.security.authc.realms.native.unused.order': 1,
      'xpack.security.authc.reserved_realm.enabled': false,
    });
  });

  test('the application works on documents of its own indices; only the migrating user makes and replaces them; no other sees one', () => {
    const names = ['coped-*'];
    expect(roles()).toEqual({
      coped: { indices: [{ names, privileges: ['read', 'write', 'view_index_metadata'] }] },
      'coped-indexer': {
        cluster: ['monitor'],
        indices: [{ names, privileges: ['manage', 'read', 'write'] }],
      },
      'coped-snapshot': {
        cluster: ['monitor', 'cluster:admin/repository/*', 'cluster:admin/snapshot/*'],
        indices: [{ names, privileges: ['view_index_metadata'] }],
      },
      'coped-monitor': { cluster: ['monitor'] },
    });
    // An anchor would be read, but a person would have to look for it.
    expect(files()['roles.yml']).not.toMatch(/[&*]ref/);
  });

  test('TLS 1.3 is spoken between nodes and with clients wherever the environment has TLS, and every name is verified', () => {
    for (const prefix of ['xpack.security.http.ssl', 'xpack.security.transport.ssl'])
      expect(having(prefix)).toEqual(
        tls
          ? {
              [`${prefix}.enabled`]: true,
              [`${prefix}.verification_mode`]: 'full',
              [`${prefix}.supported_protocols`]: ['TLSv1.3'],
              [`${prefix}.certificate`]: 'tls/tls.crt',
              [`${prefix}.key`]: 'tls/tls.key',
              [`${prefix}.certificate_authorities`]: ['tls/ca.crt'],
            }
          : { [`${prefix}.enabled`]: false },
      );
  });

  test('one node needs no other; several find each other by names that their certificate holds', () => {
    expect({ ...having('discovery.'), ...having('network.publish'), ...having('cluster.initial') }).toEqual(
      nodes === 1
        ? { 'discovery.type': 'single-node' }
        : {
            'discovery.seed_hosts': ['elasticsearch-headless'],
            'network.publish_host': `$\{HOSTNAME}.elasticsearch-headless.${environment.namespace}.svc.cluster.local`,
          },
    );
  });

  test('the rest: its name, its addresses, no mapped files, no machine learning, watermarks but on a laptop', () => {
    const others = Object.entries(settings()).filter(
      ([name]) => !/^(xpack\.security|discovery|network\.publish)/.test(name),
    );
    expect(Object.fromEntries(others)).toEqual({
      'cluster.name': environment.namespace,
      'network.host': '0.0.0.0',
      'node.store.allow_mmap': false,
      'readiness.port': elasticsearch.ports.readiness,
      'xpack.ml.enabled': false,
      'cluster.routing.allocation.disk.threshold_enabled': environment.address.kind !== 'local',
    });
  });

  test('a node that has peers has the program with which it asks them', () => {
    expect(Object.keys(files())).toEqual(
      [
        'bounded-files.options',
        'elasticsearch.yml',
        'roles.yml',
        ...(nodes > 1 ? ['agree-to-stop.sh'] : []),
      ].sort(),
    );
    if (nodes > 1) expect(files()['agree-to-stop.sh']).toMatch(/^#!.*\n# agree-to-stop\.sh NODES SECONDS/);
  });
});

test('each user has a password of its own, and waiting for peers has an end', () => {
  expect(passwordOf).toEqual({
    [elasticsearchUsers.app]: 'ELASTIC_PASSWORD',
    [elasticsearchUsers.indexer]: 'ELASTIC_INDEXER_PASSWORD',
    [elasticsearchUsers.snapshot]: 'ELASTIC_SNAPSHOT_PASSWORD',
    [elasticsearchUsers.monitor]: 'ELASTIC_MONITOR_PASSWORD',
  });
  expect(agreementSeconds).toBe(120);
});

test('a node that wants to stop asks itself, at the port at which it listens', () => {
  const elsewhere = { ...elasticsearch, ports: { ...elasticsearch.ports, http: 9201 } };
  for (const [workload, port] of [
    [elasticsearch, 9200],
    [elsewhere, 9201],
  ] as const)
    expect(configuration(workload, production)['agree-to-stop.sh']?.match(/https:\S*?_/g)).toEqual([
      `https://localhost:${port}/_`,
    ]);
});

describe('the JVM', () => {
  const options = () => configuration(elasticsearch, production)['bounded-files.options']?.split('\n') ?? [];

  test('fills half of the volume of logs at most, with other bounds than those of the image', () => {
    const log = options().findIndex((option) =>
      option.includes(':file=/usr/share/elasticsearch/logs/garbage-collection.log:'),
    );
    const [, old, mebibytes] = /filecount=(\d+),filesize=(\d+)m$/.exec(options()[log] ?? '') ?? [];
    const pod = podOf(production, 'StatefulSet', 'elasticsearch');
    const size = pod.volumes?.find(({ name }) => name === 'logs')?.emptyDir?.sizeLimit;
    expect((Number(old) + 1) * Number(mebibytes)).toBeLessThanOrEqual(Number.parseInt(`${size}`, 10) / 2);
    // What disables everything also takes away the warnings of the JVM, which belong to the output.
    expect(options().slice(0, log)).toEqual(['-Xlog:disable', '-Xlog:all=warning:stderr:utctime,level,tags']);
  });

  test('writes no file when its heap is full, and none when it crashes', () => {
    expect(options()).toEqual(
      expect.arrayContaining(['-XX:-HeapDumpOnOutOfMemoryError', '-XX:+ErrorFileToStderr']),
    );
  });
});

describe('the configuration folder', () => {
  let folder: string;
  const inFolder = (path: string) => join(folder, path);
  const read = (path: string) => readFileSync(inFolder(path), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'elasticsearch-'));
    for (const path of ['home/config/jvm.options.d', 'home/data', 'config', 'configuration', 'passwords'])
      mkdirSync(inFolder(path), { recursive: true });
    writeFileSync(inFolder('home/config/jvm.options'), 'of the image');
    writeFileSync(inFolder('home/config/elasticsearch.yml'), 'of the image');
    writeFileSync(inFolder('configuration/elasticsearch.yml'), 'ours: true\n');
    writeFileSync(inFolder('configuration/bounded-files.options'), '-Xlog:disable');
    writeFileSync(inFolder('passwords/coped-monitor'), 'secret');
    chmodSync(inFolder('configuration/elasticsearch.yml'), 0o644);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the program that makes it, in which folders and the port that is asked are those of the test. */
  async function make(environment: AnyEnvironment, isAnswered = false): Promise<string> {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    // Connections wait in the system's queue, so a server that is open is answered while this waits for the program.
    const closed = new Promise((resolve) => server.once('close', resolve));
    if (!isAnswered) {
      server.close();
      await closed;
    }
    const program = configure(elasticsearch, environment, inFolder('passwords'))
      .replaceAll('/usr/share/elasticsearch', inFolder('home'))
      .replaceAll(' /configuration/', ` ${inFolder('configuration')}/`)
      .replaceAll(/([ >])\/config(?=[/\s;]|$)/g, `$1${inFolder('config')}`)
      .replace(`/dev/tcp/elasticsearch/${elasticsearch.ports.http}`, `/dev/tcp/127.0.0.1/${port}`);
    try {
      // Without standard input, as in a container: of a socket bash would think that somebody logs in.
      return execFileSync('bash', ['-euc', program], {
        cwd: inFolder('home'),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } finally {
      if (isAnswered) server.close();
      await closed;
    }
  }

  test("of a single node has the image's files and ours on top, which only the node may read", async () => {
    await make(dev);
    expect(read('config/jvm.options')).toBe('of the image');
    expect(read('config/elasticsearch.yml')).toBe('ours: true\n');
    expect(read('config/jvm.options.d/bounded-files.options')).toBe('-Xlog:disable');
    expect(statSync(inFolder('config/elasticsearch.yml')).mode & 0o077).toBe(0);
  });

  test('of one of several has the login with which a node asks before it stops', async () => {
    await make(production);
    expect(read('config/monitor.curl')).toBe('user = "coped-monitor:secret"\n');
  });

  test('lets a node that was never part of a cluster form one, when none answers', async () => {
    const said = await make(production);
    expect(load(read('config/elasticsearch.yml'))).toEqual({
      ours: true,
      'cluster.initial_master_nodes': ['elasticsearch-0', 'elasticsearch-1', 'elasticsearch-2'],
    });
    expect(said).toMatch(/first start/);
  });

  test('lets a node join the cluster that answers, and form none', async () => {
    expect(await make(production, true)).toMatch(/cluster is there to join/);
    expect(read('config/elasticsearch.yml')).toBe('ours: true\n');
  });

  test('lets a node that was part of a cluster form none, whoever answers', async () => {
    writeFileSync(inFolder('home/data/cluster-formed'), '');
    expect(await make(production)).toMatch(/was part of a cluster before/);
    expect(read('config/elasticsearch.yml')).toBe('ours: true\n');
  });
});

test('the mark that a cluster was formed is made when the node is ready, and not before', () => {
  expect(markAsFormed(elasticsearch)).toBe(
    `exec 3<>/dev/tcp/127.0.0.1/${elasticsearch.ports.readiness} && touch data/cluster-formed`,
  );
  expect(configuration(elasticsearch, dev)).not.toHaveProperty(['agree-to-stop.sh']);
});
