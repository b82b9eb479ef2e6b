import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { validate } from '../../environments/validate.ts';
import { localEnvironment } from '../../tools/local/environments.ts';
import { externalProduction, externalStaging } from '../lib/manifests.ts';
import {
  changed,
  count,
  host,
  name,
  namespace,
  places,
  port,
  problems,
  problemsWith,
  ranges,
  shown,
} from '../lib/refusals.ts';

const { dev, staging } = environments;

test('a store of secrets whose names cannot be right is refused', () => {
  expect(problems(externalProduction)).toEqual([]);
  expect(problems(externalStaging)).toEqual([]);
  expect([
    ...problems(changed(externalProduction, 'secretStore.name', 'Vault')),
    ...problems(changed(externalProduction, 'secretStore.keys.entry', '')),
    ...problems(changed(externalStaging, 'secretStore.keys.prefix', 'coped ')),
    ...problems(changed(externalStaging, 'secretStore.keys.prefix', ' coped')),
  ]).toEqual([
    `environments/staging.ts: secretStore.name is "Vault", expected ${name}`,
    `environments/staging.ts: secretStore.keys.entry is "", expected ${storeKey}`,
    `environments/staging.ts: secretStore.keys.prefix is "coped ", expected ${storeKey}`,
    `environments/staging.ts: secretStore.keys.prefix is " coped", expected ${storeKey}`,
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

const storeKey = 'letters, digits, ., -, _ and /, as in coped/production';
const word = 'letters, digits, ., - and _, at least one';
const image = 'an image reference, repository:tag or repository:tag@sha256: and 64 hexadecimal digits';

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
        [{ namespace: 'a', labels: { a: 'b', 'a b': 'c' } }],
        [{ namespace: 'a', labels: ['b'] }],
        [{ namespace: 'a', labels: 'b' }],
        [{ namespace: 'a', labels: null }],
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
        ['fe80::1%eth0/64'],
        ['fe80::1%eth0/0'],
        ['everywhere/0'],
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
      expect(problemsWith(path, value)).toEqual([
        `environments/staging.ts: ${path} is ${shown(value)}, expected ${expected}`,
      ]);
    }
    for (const value of good) expect([value, problemsWith(path, value)]).toEqual([value, []]);
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

  test('an image without its digest, where it is not built', () => {
    const reference = 'ghcr.io/coped/web:1';
    expect(problemsWith('images.web', reference)).toEqual([
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
