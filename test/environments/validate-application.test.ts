import { expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { application as standIn } from '../../environments/application.ts';
import type { Application } from '../../environments/contract.ts';
import type { ObjectStore } from '../../environments/environment.ts';
import { validate } from '../../environments/validate.ts';
import { validateApplication } from '../../environments/validate-application.ts';
import { mediaInBucket, small } from '../lib/applications.ts';
import { application } from '../second-application/application.ts';

/** The second application in which one value is another one, whatever the type says. */
function refused(path: string, value: unknown): readonly string[] {
  const copy: Application = structuredClone({
    ...small,
    ...application,
    image: { systemPackages: ['a2'], buildPackages: ['a2'], builtFromSource: ['a'] },
    reaches: structuredClone(reaches),
    programs: {
      flower: {
        ...application.programs.flower,
        writable: { '/plugins': 1 },
        replicas: { dev: 1, staging: 1, production: 1 },
        reaches: structuredClone(reaches),
      },
    },
  });
  const names = path.split('.');
  const last = names.pop() ?? '';
  const inner = names.reduce<object>((object, name) => Reflect.get(object, name), copy);
  Reflect.set(inner, last, value);
  return validateApplication(copy);
}

const { reaches } = application.processes.worker;

test('the applications that there are have no problem', () => {
  expect(validateApplication(standIn)).toEqual([]);
  expect(validateApplication(application)).toEqual([]);
});

const count = 'a whole number, at least 1';
const label = 'a-z, 0-9 and -, at most 63 (RFC 1123)';
const objectName = 'the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)';
const port = 'a port, 1 to 65535';
const ranges = 'address ranges such as 10.0.0.0/8 or fd00::/8, at least one';
const command = 'the name of a command of manage.py: letters, digits and _';
const python = 'the name of a Python module, such as coped.settings';
const hostName = 'a host name (RFC 1123) in lower case, such as coped.example.org';
const tag = 'a tag of debian, such as bookworm-slim, with or without a digest';
const debian = 'the name of a package of Debian: a-z, 0-9, +, - and .';
const requirement = 'the name of a Python package: letters, digits, ., - and _';
const digest = `sha256:${'0'.repeat(64)}`;
const visible = 'a path such as /health, of visible characters';
const file = 'a file below /tmp, of letters, digits, ., -, _ and /';

test.each<[path: string, expected: string, bad: readonly unknown[], good: readonly unknown[]]>([
  ['settingsModule', python, ['', 'a-b', 'a..b', '.a', '1a', 'a/b', 'a b'], ['a', 'config.settings.base_2']],
  [
    'image.debian',
    tag,
    ['', 'debian:bookworm-slim', '$X', 'a b', '-a', 'bookworm@sha256:0'],
    ['bookworm-slim', `12.13-slim@sha256:${'0'.repeat(64)}`],
  ],
  [
    'image.systemPackages.0',
    debian,
    ['', 'GDAL', 'a b', '-y', 'a;b', '-gdal', 'gdal;'],
    ['gdal-bin', 'libstdc++6'],
  ],
  ['image.buildPackages.0', debian, ['', '$(x)'], ['gcc']],
  ['image.builtFromSource.0', requirement, ['', ':all:', 'a,b', '-a'], ['mysqlclient', 'ruamel.yaml']],
  ['image.title', 'one line of text', ['', ' ', 'a\nb'], ['a "b"', undefined]],
  ['image.description', 'one line of text', [''], ['a']],
  ['image.licenses', 'one line of text', [''], ['MIT OR Apache-2.0']],
  ['image.source', 'one line of text', [''], ['a']],
  ['migrationSteps.0.0', command, ['', '--x', 'a-b', 'manage.py x'], ['createcachetable', 'load_2']],
  ['searchIndex.rebuild.0', command, [''], ['a']],
  ['searchIndex.rebuildForced.0', command, [''], ['a']],
  ['searchIndex.check.0', command, [''], ['a']],
  ['sampleData.0', command, [''], ['a']],
  ['checks.tasks.0', command, [''], ['a']],
  ['processes.worker.command.0', 'a program', ['', ' '], ['celery']],
  ['processes.worker.cpuMillicores', count, [0, 0.5], [1]],
  ['processes.worker.memoryMebibytes', count, [0], [1]],
  ['processes.worker.endsWithinSeconds', count, [0, -1], [1]],
  ['processes.worker.replicas.staging', count, [0], [1]],
  [
    'processes.worker.alive.file',
    file,
    ['/tmp', '/tmp/', '/tmp/../x', '/x', '/tmp/$(x)', '/tmp/a b', '/var/tmp/a'],
    ['/tmp/a/b.c'],
  ],
  ['processes.worker.alive.withinSeconds', count, [0], [1]],
  ['processes.worker.reaches.0.what', label, ['', 'A', 'a b'], ['a-b']],
  ['processes.worker.reaches.0.port', port, [0, 65536], [443]],
  ['processes.worker.reaches.0.cidrs', ranges, [[], ['x'], 'everywhere'], [['10.0.0.0/8'], 'internet']],
  ['reaches.0.what', label, [''], ['a']],
  ['reaches.0.port', port, [0], [443]],
  ['reaches.0.cidrs', ranges, [[]], ['internet']],
  [
    'programs.flower.image',
    'an image reference with its digest, repository:tag@sha256: and 64 hexadecimal digits',
    ['', 'mher/flower', 'mher/flower:2', `mher/flower@${digest}`, `mher/flower:2@${digest}0`],
    [`mher/flower:2@${digest}`, `registry.example.org:5000/a/b:2@${digest}`],
  ],
  ['programs.flower.command.0', 'a program', ['', ' '], ['celery']],
  ['programs.flower.port', 'a port that needs no root, 1024 to 65535', [0, 1023, 65536], [1024, 65535]],
  [
    'programs.flower.route.path',
    'a path of the site such as /charts/, which begins and ends with /, of letters, digits, ., - and _, not within /static/, /media/, /livez/, /readyz/',
    ['', '/', '/a', 'a/', '/static/', '/a;/', ';/a/'],
    ['/a/', '/a-b/c.d_1/'],
  ],
  ['programs.flower.alive', visible, ['', 'x', '/a b', '/\n', 'x/a'], ['/', '/a?b=c']],
  ['programs.flower.ready', visible, ['', 'x'], ['/']],
  ['programs.flower.startsWithinSeconds', count, [0, 0.5], [1]],
  ['programs.flower.replicas.dev', count, [0], [2]],
  ['programs.flower.cpuMillicores', count, [0], [1]],
  ['programs.flower.memoryMebibytes', count, [0], [1]],
  ['programs.flower.writable./plugins', count, [0.5], [1, 1280]],
  ['programs.flower.reaches.0.port', port, [0], [443]],
  ['redis.cpuMillicores', count, [0], [1]],
  ['redis.memoryMebibytes', count, [0], [1]],
  ['redis.storageGibibytes', count, [0, 0.5], [1, undefined]],
  [
    'largestRequestMebibytes',
    "a whole number, 1 to 24: eight requests at once must fit into 256 MiB of /tmp, beside Gunicorn's files",
    [0, 0.5, 25],
    [1, 24, undefined],
  ],
  [
    'slowestPageSeconds',
    'a whole number, 10 to 600: what takes longer is the work of a process beside the server',
    [9, 30.5, 601],
    [10, 600, undefined],
  ],
  ['media.volume.staging.storageGibibytes', count, [0], [1]],
  ['media.volume.production.storageClassName', objectName, ['', 'A', 'a b'], ['nfs-1', undefined]],
  ['media.backedUpBy', 'one line of text', ['', 'a\nb'], ['snapshots', undefined]],
  [
    'mail.sender',
    'an address such as a@example.org or Name <a@example.org>, in one line',
    ['', 'a', '@', 'A <a>', 'a@b c@d', 'a@b\nBcc: c@d', 'A\n<a@b>', 'A <a@b> x', '<a@b>'],
    ['a@b', 'ab@cd', 'Die Stationen <a.b+c@d.e>'],
  ],
  ['mail.production.host', hostName, ['', 'A.org', 'a_b', '192.0.2.1', 'a:25'], ['a', 'smtp.a.org']],
  ['mail.production.port', port, [0, 65536], [25, 587, 2525]],
  ['mail.production.cidrs', ranges, [[], ['x']], [['2001:db8::/32'], 'internet']],
])('%s, expected %s', (path, expected, bad, good) => {
  for (const value of bad) {
    const shown = typeof value === 'number' ? `${value}` : JSON.stringify(value);
    expect(refused(path, value)).toEqual([
      `${path.replace(/\.0$/, '[0]')} is ${shown}, expected ${expected}`,
    ]);
  }
  for (const value of good) expect([path, value, refused(path, value)]).toEqual([path, value, []]);
});

test('a liveness command is a program', () => {
  const [problem] = refused('processes.worker.alive', { command: [''] });
  expect(problem).toBe('processes.worker.alive.command[0] is "", expected a program');
});

test.each([
  [465, 'starttls', 'implicit'],
  [587, 'implicit', 'starttls'],
] as const)('TLS that begins in the other way than on port %i is refused', (port, tls, expected) => {
  const relay = { ...application.mail.production, port, tls };
  expect(refused('mail.production', relay)).toEqual([
    `mail.production.tls is "${tls}", expected "${expected}", as TLS begins on port ${port}`,
  ]);
  expect(refused('mail.production', { ...relay, tls: expected })).toEqual([]);
  expect(refused('mail.production', { ...relay, port: 2525 })).toEqual([]);
});

test('the relay of staging is looked at as that of production is', () => {
  const relay = { ...application.mail.production, host: '' };
  expect(refused('mail.staging', relay)).toEqual([`mail.staging.host is "", expected ${hostName}`]);
});

test('names are those that Kubernetes and a shell take', () => {
  for (const name of ['a-b', '1A', 'A-B'])
    expect(refused('settings', { [name]: 'x' })).toEqual([
      `a name in settings is "${name}", expected the name of a variable: A-Z, 0-9 and _, not a digit first`,
    ]);
  expect(refused('processes', { Worker: application.processes.worker })).toEqual([
    `a name in processes is "Worker", expected ${label}`,
  ]);
});

test('the name of a program is that of a Service, and its variables and folders have names', () => {
  const { flower } = application.programs;
  const name = 'a-z, 0-9 and -, a letter first, at most 63 (RFC 1035)';
  const bad = ['', 'Flower', '1a', 'a.b', '-a', 'a-', 'a'.repeat(64)];
  for (const each of bad)
    expect(refused('programs', { [each]: flower })).toEqual([
      `a name in programs is "${each}", expected ${name}`,
    ]);
  for (const each of ['a', 'a'.repeat(63)]) expect(refused('programs', { [each]: flower })).toEqual([]);
  for (const each of ['1a', 'a b'])
    expect(refused('programs.flower.settings', { 'a.b-c': '1', [each]: '1' })).toEqual([
      `a name in programs.flower.settings is "${each}", expected the name of a variable: letters, digits, ., - and _, not a digit first`,
    ]);
  for (const each of ['/', 'a', '/a/', '/../a', '/a b'])
    expect(refused('programs.flower.writable', { [each]: 1 })).toEqual([
      `a folder in programs.flower.writable is "${each}", expected a folder such as /plugins, of letters, digits, ., - and _, without ..`,
    ]);
});

test("a pod's folders fit into its share of the disk, /tmp among them", () => {
  const sum = (value: number) =>
    `the sum of programs.flower.writable is ${value}, expected at most 1536 MiB in all`;
  expect(refused('programs.flower.writable', { '/plugins': 1281 })).toEqual([sum(1537)]);
  expect(refused('programs.flower.writable', { '/plugins/own': 1281, '/tmp': 255 })).toEqual([]);
});

test('a program uses the Redis that there is', () => {
  expect(refused('redis', undefined)).toEqual([
    'programs.flower.uses has "redis", expected redis in the application\'s file',
  ]);
});

test('a problem of an application is said once, whatever number of environments have it', () => {
  const broken = { ...small, settingsModule: 'a-b' };
  const all = Object.entries(environments).map(([name, environment]) => [
    name,
    { ...environment, application: broken },
  ]);
  expect(validate(Object.fromEntries(all))).toEqual([
    `environments/application.ts: settingsModule is "a-b", expected ${python}`,
  ]);
});

test.each<[path: string, differs: Partial<ObjectStore>, said: string]>([
  ['host', { host: 'https://s3' }, `is "https://s3", expected ${hostName}`],
  ['port', { port: 0 }, `is 0, expected ${port}`],
  ['region', { region: '' }, 'is "", expected letters, digits, ., - and _, at least one'],
  ['bucket', { bucket: 'a/b' }, 'is "a/b", expected letters, digits, ., - and _, at least one'],
  ['caConfigMap', { caConfigMap: 'A' }, `is "A", expected ${objectName}`],
  ['reachedAt.cidrs', { reachedAt: { cidrs: ['x'] } }, `is ["x"], expected ${ranges}`],
  [
    'reachedAt.namespace',
    { reachedAt: { namespace: 'A' } },
    'is "A", expected the name of a namespace: a-z, 0-9 and -, at most 63 (RFC 1123)',
  ],
])('a bucket of uploads is refused by its %s', (path, differs, said) => {
  const { production } = mediaInBucket.bucket;
  const media = { ...mediaInBucket, bucket: { production, staging: { ...production, ...differs } } };
  expect(validateApplication({ ...small, media: mediaInBucket })).toEqual([]);
  expect(validateApplication({ ...small, media })).toEqual([`media.bucket.staging.${path} ${said}`]);
});

test('the bucket of the uploads is not that of the backups', () => {
  const { production } = environments;
  const { host, bucket } = production.backups.objectStore;
  const withStore = (store: Partial<ObjectStore>) => {
    const inBucket = { ...mediaInBucket.bucket.production, ...store };
    const media = { ...mediaInBucket, bucket: { ...mediaInBucket.bucket, production: inBucket } };
    return validate({ production: { ...production, application: { ...small, media } } });
  };
  expect(withStore({ host, bucket })).toEqual([
    `environments/application.ts: media.bucket.production.bucket is "${bucket}", expected another one than that of the backups of coped-production`,
  ]);
  expect(withStore({ host })).toEqual([]);
  expect(withStore({ bucket })).toEqual([]);
});

test('the bucket of the uploads is no other one of another environment', () => {
  const { staging, production } = environments;
  const bucketsOf = (ofStaging: Partial<ObjectStore>) => {
    const { bucket } = mediaInBucket;
    const media = { ...mediaInBucket, bucket: { ...bucket, staging: { ...bucket.staging, ...ofStaging } } };
    const application = { ...small, media };
    return validate({ staging: { ...staging, application }, production: { ...production, application } });
  };
  const { host, bucket } = production.backups.objectStore;
  expect(bucketsOf({})).toEqual([
    'environments/application.ts: media.bucket.production.bucket is "uploads", expected another one than that of the uploads of coped-staging',
  ]);
  expect(bucketsOf({ host, bucket })).toEqual([
    `environments/application.ts: media.bucket.staging.bucket is "${bucket}", expected another one than that of the backups of coped-production`,
  ]);
  expect(bucketsOf({ host: 's3.example.net' })).toEqual([]);
  expect(bucketsOf({ bucket: 'uploads-of-staging' })).toEqual([]);
});
