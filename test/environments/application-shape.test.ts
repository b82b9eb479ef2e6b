import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as ofThisSite from '../../environments/application.ts';
import { shapeProblems } from '../../environments/application-shape.ts';
import { ofTheCharts } from '../../environments/credentials.ts';
import { root } from '../../tools/terminal/programs.ts';
import { mediaInBucket, small } from '../lib/applications.ts';
import { application as second } from '../second-application/application.ts';

/** Everything that the type knows is somewhere in it. */
const everything = () => ({
  ...structuredClone({ ...small, ...second }),
  image: { systemPackages: ['gdal-bin'], title: 'Stations' },
  reaches: [{ what: 'maps', port: 443, cidrs: ['10.0.0.0/8'], why: 'maps' }],
  databases: {
    measurements: { description: 'a', owner: 'application' },
    charts: { description: 'b', owner: { role: 'charts', password: 'CHARTS_PASSWORD' }, readBy: ['reader'] },
  },
  programs: {
    flower: {
      ...structuredClone(second.programs.flower),
      settings: { A: 'a', B: { credential: 'REDIS_PASSWORD' }, C: { fileOf: 'REDIS_PASSWORD' } },
      replicas: { dev: 1, staging: 1, production: 1 },
      writable: { '/plugins': 1 },
    },
  },
});

const problems = (application: unknown, credentials: unknown = {}) =>
  shapeProblems({ application, credentials });

/** What is said when the value at this path is another one, or is missing. */
function saidOf(path: string, value?: unknown): readonly string[] {
  const copy = everything();
  const names = path.split('.');
  const last = names.pop() ?? '';
  const inner = names.reduce<object>((object, name) => Reflect.get(object, name), copy);
  expect(inner).toHaveProperty([last]);
  if (value === undefined) Reflect.deleteProperty(inner, last);
  else Reflect.set(inner, last, value);
  return problems(copy);
}

test('the applications that there are have whatever they need', () => {
  const { application, credentials } = ofThisSite;
  for (const each of [application, small, second, everything()])
    expect(problems(each, { ...credentials, ...ofTheCharts })).toEqual([]);
});

const command = "a list of a program and its arguments, such as ['celery', '--app', 'config', 'worker']";
const manage = "a list of a command of manage.py and its arguments, such as ['createcachetable']";
const heartbeat = '{ file, withinSeconds }, or { command }';
const replicas = "'exactly one', or { dev, staging, production }";
const processes = 'processes-beside-the-server';
const relay = '{ host, port, tls, login, cidrs }';

test.each([
  ['settingsModule', 'a text', 'the-applications-file'],
  ['credentialsAs', "'files' or 'variables'", 'the-applications-file'],
  ['searchIndex.rebuildForced', manage, 'the-applications-file'],
  ['processes.worker.command', command, processes],
  ['processes.worker.alive', heartbeat, processes],
  ['processes.worker.alive.withinSeconds', 'a number', processes],
  ['processes.worker.replicas', replicas, processes],
  ['processes.worker.replicas.production', 'a number', processes],
  ['processes.worker.memoryMebibytes', 'a number', processes],
  ['processes.worker.endsWithinSeconds', 'a number', processes],
  ['processes.worker.reaches.0.cidrs', "'internet', or a list", processes],
  ['programs.flower.image', 'a text', 'other-programs'],
  ['programs.flower.route.path', 'a text', 'other-programs'],
  ['programs.flower.settings.B.credential', 'a text', 'other-programs'],
  ['programs.flower.startsWithinSeconds', 'a number', 'other-programs'],
  ['databases.charts.owner', "'application', or { role, password }", 'databases-beside-the-first'],
  ['databases.charts.owner.password', 'a text', 'databases-beside-the-first'],
  ['redis.memoryMebibytes', 'a number', 'redis'],
  ['media.on', "'claim' or 'bucket'", 'uploads'],
  ['media.volume', '{ staging, production }', 'uploads'],
  ['media.volume.production', '{ storageGibibytes }', 'uploads'],
  ['mail.sender', 'a text', 'mail'],
  ['mail.staging', `'caught', or ${relay}`, 'mail'],
  ['mail.production', relay, 'mail'],
  ['mail.production.tls', "'implicit' or 'starttls'", 'mail'],
  ['mail.production.login', 'true or false', 'mail'],
  ['reaches.0.why', 'a text', 'the-way-out'],
])('%s that is missing is said in one sentence, with its page', (path, expected, section) => {
  const name = path.replaceAll(/\.(\d)/g, '[$1]');
  expect(saidOf(path)).toEqual([
    `${name} is missing, expected ${expected}: docs/application-contract.md#${section}`,
  ]);
});

test.each<[path: string, value: unknown, said: string]>([
  ['processes.worker.command', 'celery', `command is "celery", expected ${command}`],
  ['processes.worker.replicas', 2, 'replicas is 2, expected { dev, staging, production }'],
  ['processes.worker.replicas', 'one', `replicas is "one", expected 'exactly one'`],
  ['processes.worker', null, 'processes.worker is null, expected { cpuMillicores, memoryMebibytes, '],
  ['processes', [], 'processes is [], expected values by their names, { name: value }'],
  ['programs.flower.uses', ['mysql'], `uses[0] is "mysql", expected 'postgres' or 'redis'`],
  ['migrationSteps', ['createcachetable'], `migrationSteps[0] is "createcachetable", expected ${manage}`],
  ['mail.staging', 'nobody', `mail.staging is "nobody", expected ${relay}`],
  ['settings', { A: 1 }, 'settings.A is 1, expected { credential }'],
])('%s of another kind is said: %j', (path, value, said) => {
  expect(saidOf(path, value)).toEqual([expect.stringContaining(said)]);
});

test('what is missing of a bucket is said', () => {
  const page = ': docs/application-contract.md#uploads';
  const { reachedAt, region, ...rest } = mediaInBucket.bucket.staging;
  const bucket = (staging: unknown) =>
    problems({ ...small, media: { ...mediaInBucket, bucket: { staging } } });
  expect(problems({ ...small, media: mediaInBucket })).toEqual([]);
  expect(bucket({ ...rest, region })).toEqual([
    `media.bucket.staging.reachedAt is missing, expected { cidrs }, or { namespace }${page}`,
    `media.bucket.production is missing, expected { host, port, region, bucket, uriStyle, reachedAt }${page}`,
  ]);
  expect(bucket({ ...rest, reachedAt })[0]).toBe(
    `media.bucket.staging.region is missing, expected a text${page}`,
  );
});

test('each that is missing is said', () => {
  const { settingsModule, ...rest } = everything();
  expect(problems({ ...rest, processes: { [settingsModule]: {} } })).toHaveLength(8);
  expect(problems(undefined)).toEqual([expect.stringContaining('application is missing, expected {')]);
});

test('a credential says where it is needed, and a random one how long it is', () => {
  const { neededIn, minLength, ...rest } = ofTheCharts.SECRET_KEY;
  const page = ': docs/adding-things.md#a-credential';
  expect(problems(small, { A: rest })).toEqual([
    `credentials.A.neededIn is missing, expected a function such as () => true${page}`,
    `credentials.A.minLength is missing, expected a number${page}`,
  ]);
  expect(problems(small, { A: { ...rest, neededIn, origin: 'the map service' } })).toEqual([]);
  const { origin, ...without } = ofTheCharts.SECRET_KEY;
  expect(problems(small, { A: without })).toEqual([
    `credentials.A.origin is missing, expected '${origin}'${page}`,
  ]);
});

test('the pages have these sections', () => {
  const said = [
    ...['settingsModule', 'processes.worker.alive', 'programs.flower.port', 'databases.charts.owner'],
    ...['redis.memoryMebibytes', 'media.on', 'mail.sender', 'reaches.0.why'],
  ].flatMap((path) => saidOf(path));
  const pages = [...said, ...saidOf('image', 1), ...problems(small, { A: {} })].map((problem) =>
    problem.slice(problem.lastIndexOf('docs/')).split('#'),
  );
  for (const [page = '', section = ''] of pages) {
    const headings = [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.+)$/gm)];
    const anchors = headings.map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(anchors).toContain(section);
  }
});
