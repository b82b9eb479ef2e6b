import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { AnyEnvironment, Schedule } from '../../environments/environment.ts';
import { isSchedule, longestGapDays } from '../../environments/schedule.ts';
import type { SecretStore } from '../../environments/secret-store.ts';
import { validate } from '../../environments/validate.ts';
import { localEnvironment } from '../../tools/local/environments.ts';
import { endedBefore, gatewayAddress, wholeIngress } from '../lib/addresses.ts';
import { externalProduction, externalStaging } from '../lib/manifests.ts';

const { dev, staging, production } = environments;

/** A copy of an environment in which one value is another one, whatever the type says. */
function changed(environment: AnyEnvironment, path: string, value: unknown): AnyEnvironment {
  const copy: AnyEnvironment = structuredClone(environment);
  const names = path.split('.');
  const last = names.pop() ?? '';
  const inner = names.reduce<object>((object, name) => Reflect.get(object, name), copy);
  expect(Object.keys(inner)).toContain(last);
  Reflect.set(inner, last, value);
  return copy;
}

/** As messages show a value. */
const shown = (value: unknown) => (typeof value === 'number' ? `${value}` : JSON.stringify(value));

const problems = (environment: AnyEnvironment) => validate({ staging: environment });
const refused = (path: string, value: unknown) => problems(changed(staging, path, value));

test('a store of secrets whose names cannot be right is refused', () => {
  expect(problems(externalProduction)).toEqual([]);
  expect(problems(externalStaging)).toEqual([]);
  expect([
    ...problems(changed(externalProduction, 'secretStore.name', 'Vault')),
    ...problems(changed(externalProduction, 'secretStore.keys.entry', '')),
    ...problems(changed(externalStaging, 'secretStore.keys.prefix', 'coped ')),
  ]).toEqual([
    `environments/staging.ts: secretStore.name is "Vault", expected ${name}`,
    `environments/staging.ts: secretStore.keys.entry is "", expected ${storeKey}`,
    `environments/staging.ts: secretStore.keys.prefix is "coped ", expected ${storeKey}`,
  ]);
});

test('the environments that there are have no problem', () => {
  expect(validate(environments)).toEqual([]);
});

test('an environment as it runs on the local cluster has none', () => {
  expect(
    problems(localEnvironment(environments.staging, (image) => `coped-${image}:dev`, undefined)),
  ).toEqual([]);
});

const count = 'a whole number, at least 1';
const port = 'a port, 1 to 65535';
const name = 'the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)';
const namespace = 'the name of a namespace: a-z, 0-9 and -, at most 63 (RFC 1123)';
const host = 'a host name (RFC 1123) in lower case, such as coped.example.org';
const ranges = 'address ranges such as 10.0.0.0/8 or fd00::/8, at least one';
const storeKey = 'letters, digits, ., -, _ and /, as in coped/production';
const word = 'letters, digits, ., - and _, at least one';
const image = 'an image reference, repository:tag or repository:tag@sha256: and 64 hexadecimal digits';

const places =
  'at least one place: { namespace, labels } of pods, with at least one label unless every pod of the namespace is meant, or { cidrs } of less than all addresses';

const longest = `${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}`;

describe('a value that cannot work is refused, with its name, the value and what is allowed', () => {
  test.each<[path: string, expected: string, bad: readonly unknown[], good: readonly unknown[]]>([
    ['web.replicas', count, [0, -1, 1.5, Number.NaN], [1, 20]],
    ['web.cpuMillicores', count, [0, 0.5], [1]],
    ['web.memoryMebibytes', count, [0, 512.5], [1]],
    ['postgres.memoryMebibytes', 'a whole number, at least 256', [0, 255, 300.5], [256, 8192]],
    ['elasticsearch.memoryMebibytes', 'a whole number, at least 1024', [0, 1023, 1024.5], [1024, 8192]],
    ['postgres.members', count, [0], [1]],
    ['postgres.storageGibibytes', count, [0, 0.5], [1]],
    ['elasticsearch.nodes', count, [0], [1]],
    ['backups.keepDays', count, [7.5, Number.POSITIVE_INFINITY], [7, 14]],
    ['backups.objectStore.port', port, [0, 65536, 443.5], [1, 65535]],
    ['localAddress.port', port, [0, 65536], [1, 65535]],
    ['localAddress.nodePort', 'a NodePort, 30000 to 32767', [29999, 32768, 0], [30000, 32767]],
    [
      'namespace',
      namespace,
      ['coped-', 'coped_x', 'coped-X', `coped-${'x'.repeat(58)}`],
      [`coped-${'x'.repeat(57)}`],
    ],
    [
      'address.from',
      places,
      [
        [],
        [{}],
        ['traefik'],
        [null],
        [{ namespace: 'a.b' }],
        [{ cidrs: ['0.0.0.0/0'] }],
        [{ cidrs: ['10.0.0.0/8', '::/0'] }],
        [{ namespace: 'a' }, { namespace: '' }],
        [{ labels: { app: 'a' } }],
        [{ namespace: 'a', labels: {} }],
        [{ namespace: 'a', labels: { 'a b': 'c' } }],
        [{ namespace: 'a', pods: 'b' }],
        [{ cidrs: [] }],
        [{ cidrs: ['10.0.0.0'] }],
        [{ cidrs: ['10.0.0.0/8'], namespace: 'a' }],
      ],
      [
        [{ namespace: 'ingress-nginx' }],
        [
          { namespace: 'a', labels: { 'example.org/app': 'B_c.d', empty: '' } },
          { cidrs: ['10.0.0.0/8', 'fd00::/8'] },
        ],
      ],
    ],
    ['address.className', name, ['', 'Traefik', 'a/b', `${longest}a`], ['nginx.internal', longest]],
    ['address.tls.secretName', name, ['', 'coped_tls'], ['coped-tls']],
    [
      'address.host',
      host,
      [
        '',
        'COPED.example.org',
        'coped_x.org',
        '-a.org',
        'a..org',
        'a.org.',
        'https://a.org',
        'a.org:443',
        '10.0.0.1',
        '10.0.0.12',
        '12',
        `${'a'.repeat(64)}.org`,
        `${'a.'.repeat(126)}aa`,
      ],
      ['coped.example.org', 'xn--bcher-kva.example', '1.example.org'],
    ],
    [
      'backups.objectStore.host',
      host,
      ['', 'https://s3.example.org', 's3.example.org/bucket'],
      ['s3.example.org'],
    ],
    ['backups.objectStore.bucket', word, ['', ' ', 'a b', '/a', 'a/b', 'a\nb'], ['a', 'coped-backups.2']],
    ['backups.objectStore.region', word, ['', 'eu west', 1], ['eu-west-1', 'us-east-1']],
    [
      'backups.objectStore.reachedAt.cidrs',
      ranges,
      [
        [],
        [''],
        ['10.0.0.0'],
        ['10.0.0.0/33'],
        ['10.0.0/8'],
        ['10.0.0.0/08'],
        ['10.0.0.0/'],
        ['10.0.0.0/8/8'],
        ['256.0.0.0/8'],
        ['fd00::/129'],
        ['fd00::'],
        ['0.0.0.0/0', 'everywhere'],
        ['10.0.0.0/-1'],
      ],
      [['0.0.0.0/0'], ['10.1.2.3/32', 'fd00::/8', '::/0', 'fd00::1/128']],
    ],
    [
      'images.web',
      image,
      [
        '',
        'web',
        'web:',
        ':1',
        'a b:1',
        'web:1@sha256:0',
        `web:1@sha256:${'0'.repeat(63)}`,
        `web:1@sha256:${'A'.repeat(64)}`,
        `web@sha256:${'0'.repeat(64)}`,
        `web:1@sha512:${'0'.repeat(64)}`,
        `web:1@sha256:${'0'.repeat(64)}@`,
        `web:1@sha256:${'0'.repeat(65)}`,
        `web:1@xsha256:${'0'.repeat(64)}`,
        `web:${'1'.repeat(129)}`,
        'https://a.org/web:1',
      ],
      [
        `w:1@sha256:${'0'.repeat(64)}`,
        `web:${'1'.repeat(128)}@sha256:${'0'.repeat(64)}`,
        `ghcr.io/coped/web:1.2-rc@sha256:${'0'.repeat(64)}`,
        `localhost:5000/web:dev@sha256:${'a'.repeat(64)}`,
      ],
    ],
  ])('%s', (path, expected, bad, good) => {
    for (const value of bad) {
      expect(refused(path, value)).toEqual([
        `environments/staging.ts: ${path} is ${shown(value)}, expected ${expected}`,
      ]);
    }
    for (const value of good) expect([value, refused(path, value)]).toEqual([value, []]);
  });

  test('dev, too', () => {
    for (const path of ['../srv', 'srv/coped', '/srv/../coped', '/srv/coped/'])
      expect(validate({ dev: changed(dev, 'liveEdit.nodePath', path) })).toEqual([
        `environments/dev.ts: liveEdit.nodePath is "${path}", expected an absolute path without ..`,
      ]);
    expect(validate({ dev: changed(dev, 'address.nodePort', 8000) })).toEqual([
      'environments/dev.ts: address.nodePort is 8000, expected a NodePort, 30000 to 32767',
    ]);
  });

  const apiAt = { port: 6443, cidrs: ['10.0.0.0/8'] };
  const ports = 'ports, 1 to 65535, at least one';
  const families = "'IPv4', 'IPv6' or both, each once";
  const user = 'a user that is not root, 1 to 2147483647';
  const pods = { namespace: 'dns', labels: { 'k8s-app': 'kube-dns' } };
  test.each<
    [path: string, cluster: (value: unknown) => object, expected: string, bad: unknown[], good: unknown[]]
  >([
    ['kubernetesApi.port', (port) => ({ kubernetesApi: { ...apiAt, port } }), port, [0, 65536], [1, 443]],
    [
      'kubernetesApi.cidrs',
      (cidrs) => ({ kubernetesApi: { ...apiAt, cidrs } }),
      ranges,
      [[], ['10']],
      [['fd00::/8']],
    ],
    [
      'dns.ports',
      (ports) => ({ dns: { at: [pods], ports } }),
      ports,
      [[], [0], [53, 65536]],
      [[53], [5353, 53]],
    ],
    [
      'dns.at',
      (at) => ({ dns: { at } }),
      places,
      [
        [],
        [{ namespace: 'The DNS' }],
        [{ ...pods, labels: {} }],
        [{ ...pods, labels: { 'k8s-app': 'kube dns' } }],
        [{ ...pods, labels: { '-app': 'dns' } }],
        [{ ...pods, labels: { 'a/b/c': 'dns' } }],
        [{ ...pods, labels: { 'A_/c': 'dns' } }],
        [{ ...pods, labels: { '': 'dns' } }],
        [{ ...pods, labels: { a: `${'x'.repeat(64)}` } }],
        [pods, { cidrs: [] }],
        [{ cidrs: ['169.254.20.10'] }],
      ],
      [
        [pods],
        [{ namespace: 'dns' }],
        [
          { ...pods, labels: { 'example.org/app': '', App: 'x'.repeat(63) } },
          { cidrs: ['169.254.20.10/32'] },
        ],
      ],
    ],
    ['domain', (domain) => ({ domain }), host, ['', 'corp.internal.', 'Corp'], ['corp.internal']],
    ['storageClasses.data', (data) => ({ storageClasses: { data } }), name, ['', 'Fast'], ['fast']],
    ['storageClasses.scratch', (scratch) => ({ storageClasses: { scratch } }), name, ['', 'Fast'], ['fast']],
    [
      'ipFamilies',
      (ipFamilies) => ({ ipFamilies }),
      families,
      [[], ['IPv4', 'IPv4'], ['ipv6']],
      [['IPv6', 'IPv4']],
    ],
    ['cpuLimitMillicores', (cpuLimitMillicores) => ({ cpuLimitMillicores }), count, [0, 1.5], [1, 4000]],
    ['userId', (userId) => ({ userId }), user, [0, 2 ** 31, 1.5], [1, 1000650000, 2 ** 31 - 1]],
    ['imagePullSecret', (imagePullSecret) => ({ imagePullSecret }), name, ['The Registry'], ['registry']],
  ])('cluster.%s', (path, cluster, expected, bad, good) => {
    const refused = (value: unknown) => problems({ ...staging, cluster: cluster(value) });
    for (const value of bad)
      expect(refused(value)).toEqual([
        `environments/staging.ts: cluster.${path} is ${shown(value)}, expected ${expected}`,
      ]);
    for (const value of good) expect([value, refused(value)]).toEqual([value, []]);
  });

  test('an image without its digest, where it is not built', () => {
    const reference = 'ghcr.io/coped/web:1';
    expect(refused('images.web', reference)).toEqual([
      `environments/staging.ts: images.web is "${reference}", expected @sha256: and 64 digits after it, zeros until npm run pin asks for them`,
    ]);
    expect(validate({ dev: changed(dev, 'images.web', reference) })).toEqual([]);
  });

  test('what only some object stores need, too', () => {
    const { backups } = staging;
    const at = (caConfigMap: string, where: string) => {
      const objectStore = { ...backups.objectStore, caConfigMap, reachedAt: { namespace: where } };
      return problems({ ...staging, backups: { ...backups, objectStore } });
    };
    expect(at('authority', 'object-store')).toEqual([]);
    expect(at('An Authority', 'object.store')).toEqual([
      `environments/staging.ts: backups.objectStore.reachedAt.namespace is "object.store", expected ${namespace}`,
      `environments/staging.ts: backups.objectStore.caConfigMap is "An Authority", expected ${name}`,
    ]);
  });
});

describe('a schedule', () => {
  test.each(['full', 'differential', 'incremental', 'restoreTest'])('of backups.%s is checked', (of) => {
    const expected =
      'minute 0-59, hour 0-23, day of the month 1-31, month 1-12 and day of the week 0-6, separated by one blank, ' +
      'each *, a number, a list, a range or a step such as */15 or 1-5/2, on a day that exists';
    expect(refused(`backups.${of}`, '0 25 * * *')).toEqual([
      `environments/staging.ts: backups.${of} is "0 25 * * *", expected ${expected}`,
    ]);
  });

  test.each([
    '* * * * *',
    '40 5-21/4 * * *',
    '*/15 0,12 1-7 JAN,jul MON-FRI',
    '0 0 29 2 *',
    '0 0 31 2 1',
    '00 01 ? * *',
    '0 0 * * */7',
  ])('%j runs', (text) => {
    expect(isSchedule(text)).toBe(true);
  });

  test.each([
    '',
    '0 0 * *',
    '0 0 * * * *',
    '0  0 * * *',
    ' 0 0 * * *',
    '60 0 * * *',
    '-1 0 * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '0 0 32 * *',
    '0 0 * 0 *',
    '0 0 * 13 *',
    '0 0 * * 7',
    '0 0 * * 1-7',
    '0 0 * * FRI-MON',
    '0 0 5-1 * *',
    '*/0 * * * *',
    '1.5 0 * * *',
    '1,,2 0 * * *',
    '0 0 * * sunday',
    '0 0 * FEBMAR *',
    '0 0 L * *',
    '0 0 15W * *',
    '0 0 * * 5#2',
    '0 0 * * +MON',
    '@daily',
    '@daily * * * *',
    'TZ=UTC 0 0 * *',
  ])('%j is no schedule for Kubernetes', (text) => {
    expect(isSchedule(text)).toBe(false);
  });

  test.each(['0 0 31 2 *', '0 0 30 FEB *', '0 0 31 4,6,9,11 *'])('%j never runs', (text) => {
    expect(isSchedule(text)).toBe(false);
  });

  test.each<[Schedule, number]>([
    ['* * * * *', 1],
    ['40 1 * * 0', 7],
    ['40 1 * * MON,THU', 4],
    ['0 0 1,15 * *', 17],
    ['0 0 1 * *', 31],
    ['0 0 31 * *', 61],
    ['0 0 1 1 *', 366],
    ['59 23 31 12 *', 366],
    ['0 0 29 2 *', 1461],
  ])('%j leaves at most %i days between two runs', (schedule, days) => {
    expect(longestGapDays(schedule)).toBe(days);
  });
});

describe('full backups that are rarer than what is kept', () => {
  const at = (full: Schedule, keepDays: number) =>
    problems({ ...staging, backups: { ...staging.backups, full, keepDays } });

  test('are refused, with both values', () => {
    expect(at('0 3 1 1 *', 14)).toEqual([
      'environments/staging.ts: backups.full is "0 3 1 1 *", which leaves 366 days between two full backups, expected at most the 14 of backups.keepDays',
    ]);
  });

  test('may be as rare as that', () => {
    expect(at('0 3 * * 0', 7)).toEqual([]);
    expect(at('0 3 * * 0', 6)).toHaveLength(1);
  });

  test('are reported together with a wrong number of days', () => {
    expect(at('0 3 * * 0', 0)).toEqual([
      expect.stringContaining('backups.keepDays is 0, expected a whole number'),
      expect.stringContaining('which leaves 7 days'),
    ]);
  });

  test('are not looked at when their schedule is none', () => {
    expect(refused('backups.full', 'on Sundays')).toHaveLength(1);
  });
});

describe('what only some addresses have', () => {
  const whole = { ...staging, address: wholeIngress };
  const gateway = { ...staging, address: gatewayAddress };
  const labels =
    'labels: keys such as team or example.org/team, not below app.kubernetes.io or coped, with values of at most 63 letters, digits, ., - and _';
  const annotations =
    'annotations: keys such as example.org/timeout with a text each, without those that the charts set (an issuer is address.tls.issuer)';
  const hosts = 'host names (RFC 1123) in lower case, such as www.coped.example.org, at least one, each once';

  test('is all well', () => {
    expect(problems(whole)).toEqual([]);
    expect(problems(gateway)).toEqual([]);
    expect(problems({ ...staging, address: endedBefore })).toEqual([]);
  });

  test.each<[path: string, expected: string, bad: readonly unknown[], good: readonly unknown[]]>([
    [
      'address.otherHosts',
      hosts,
      [[], [''], ['10.0.0.1'], ['a.org', 'a.org'], 'a.org'],
      [['a.org', 'b.org']],
    ],
    ['address.tls.issuer.name', name, ['', 'A'], ['letsencrypt']],
    [
      'address.annotations',
      annotations,
      [
        [],
        {},
        { 'a b': 'c' },
        { 'a/b/c': 'd' },
        { a: 1 },
        { 'cert-manager.io/issuer': 'a' },
        { 'cert-manager.io/cluster-issuer': 'a' },
        { 'argocd.argoproj.io/ignore-healthcheck': 'false' },
      ],
      [{ a: '', 'example.org/b': 'c d\n' }],
    ],
    [
      'address.labels',
      labels,
      [{}, { 'app.kubernetes.io/name': 'a' }, { 'coped/role': 'a' }, { a: 'b c' }, { a: 'b'.repeat(64) }],
      [{ a: 'b' }],
    ],
    [
      'address.service.annotations',
      annotations,
      [{ '-': 'a' }],
      [{ 'cloud.example.org/neg': '{"ingress":true}' }],
    ],
    ['address.service.labels', labels, [{ 'app.kubernetes.io/instance': 'a' }], [{ a: '' }]],
  ])('%s', (path, expected, bad, good) => {
    for (const value of bad)
      expect(problems(changed(whole, path, value))).toEqual([
        `environments/staging.ts: ${path} is ${shown(value)}, expected ${expected}`,
      ]);
    for (const value of good) expect(problems(changed(whole, path, value))).toEqual([]);
  });

  test.each<[path: string, expected: string, bad: readonly unknown[], good: readonly unknown[]]>([
    ['address.gateway.name', name, ['', 'A'], ['public']],
    ['address.gateway.namespace', namespace, ['', 'a.b'], ['gateways']],
    ['address.gateway.sectionName', name, ['', 'https/'], ['https']],
  ])('%s', (path, expected, bad, good) => {
    for (const value of bad)
      expect(problems(changed(gateway, path, value))).toEqual([
        `environments/staging.ts: ${path} is ${shown(value)}, expected ${expected}`,
      ]);
    for (const value of good) expect(problems(changed(gateway, path, value))).toEqual([]);
  });

  test('a host that is there twice', () => {
    expect(problems(changed(whole, 'address.otherHosts', ['a.org', wholeIngress.host]))).toEqual([
      'environments/staging.ts: address.otherHosts has "whole.example.org", which is address.host, expected other names only',
    ]);
  });

  test('a host of another environment', () => {
    const shared = changed(whole, 'address.otherHosts', ['a.org', production.address.host]);
    expect(validate({ production, staging: shared })).toEqual([
      'environments/staging.ts: address.otherHosts is "coped.example.org", as in environments/production.ts, expected another one',
    ]);
  });
});

describe('two environments do not share', () => {
  const another = {
    ...staging,
    namespace: 'coped-another',
    address: { ...staging.address, host: 'another.example.org' },
    localAddress: { kind: 'local', port: 2000, nodePort: 32000 },
  } as const;
  const beside = (path: string, value: unknown) =>
    validate({ ...environments, another: changed(another, path, value) });

  test('anything, when each has its own', () => {
    expect(validate({ ...environments, another })).toEqual([]);
    // A port of this machine and one of the node may have the same number.
    expect(beside('localAddress.port', staging.localAddress.nodePort)).toEqual([]);
  });

  test.each([
    ['namespace', 'coped-staging', 'staging'],
    ['address.host', production.address.host, 'production'],
    ['localAddress.port', 1337, 'production'],
    ['localAddress.port', 8000, 'dev'],
    ['localAddress.nodePort', 31338, 'staging'],
  ])('%s: %j', (path, value, other) => {
    expect(beside(path, value)).toEqual([
      `environments/another.ts: ${path} is ${JSON.stringify(value)}, as in environments/${other}.ts, expected another one`,
    ]);
  });
});

test.each<[SecretStore | undefined, SecretStore['keys'], string]>([
  [externalProduction.secretStore, { entry: 'another' }, 'entry is "coped/production"'],
  [externalStaging.secretStore, { prefix: 'another-' }, 'prefix is "coped-staging-"'],
])('two environments do not share the secrets of a store: %#', (store, keys, said) => {
  if (store === undefined) throw new Error('no store');
  const beside = (secretStore: SecretStore) =>
    validate({
      production: changed(externalProduction, 'secretStore', store),
      staging: changed(externalStaging, 'secretStore', secretStore),
    });
  expect(beside(store)).toEqual([
    `environments/staging.ts: secretStore.keys.${said}, as in environments/production.ts, expected another one`,
  ]);
  const kind = store.kind === 'SecretStore' ? 'ClusterSecretStore' : 'SecretStore';
  for (const differs of [{ kind }, { name: 'another' }, { keys }] as const)
    expect(beside({ ...store, ...differs })).toEqual([]);
});

test('all problems are said at once', () => {
  const { postgres, web } = staging;
  const wrong = {
    ...staging,
    web: { ...web, replicas: 0 },
    postgres: { ...postgres, storageGibibytes: 0.5 },
  };
  expect(validate({ dev: changed(dev, 'address.port', 0), wrong })).toEqual([
    `environments/dev.ts: address.port is 0, expected ${port}`,
    `environments/wrong.ts: web.replicas is 0, expected ${count}`,
    `environments/wrong.ts: postgres.storageGibibytes is 0.5, expected ${count}`,
  ]);
});
