import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { connections } from '../charts/connections.ts';
import { workloads, workloadsOf } from '../charts/workloads.ts';
import { type EnvironmentName, environments } from '../environments/all.ts';
import type { Application } from '../environments/contract.ts';
import { ofTheCharts } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { root } from '../tools/terminal/programs.ts';
import { isStandIn, mediaInBucket, small } from './lib/applications.ts';
import { allEnvironments, containerOf, podOf, pods, variants } from './lib/manifests.ts';
import { application as secondApplication } from './second-application/application.ts';

const markdown = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const prose = (path: string) => text(path).replace(/^ *(\d+\. +)?```.*?^ *```$/gms, '');
/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (path: string) =>
  [...prose(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const decisions = markdown('docs/decisions').filter((path) => /\/\d{4}-/.test(path));
const pages = [...markdown('.'), ...markdown('docs'), ...markdown('docs/decisions')];

describe.each(pages)('%s', (page) => {
  test('links lead to files and headings that exist', () => {
    const broken = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(file).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  test('commands and files that it names exist', () => {
    const { scripts } = JSON.parse(text('package.json')) as { readonly scripts: Record<string, string> };
    const commands = [...text(page).matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map(([, name = '']) => name);
    expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
    const files = [
      ...text(page).matchAll(/(?:`|-f )((?:charts|dist|docker|docs|environments|test|tools)\/[\w./-]+)/g),
    ]
      .map(([, path = '']) => path)
      // Some stand for many, and this page names files that a reader is to make.
      .filter((path) => !/\b(NAME|WORKLOAD)\b/.test(path) && page !== 'docs/adding-things.md')
      // The pages explain by the stand-in, whose place another application may have taken.
      .filter((path) => isStandIn || !path.startsWith('docker/web/app/'));
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test('docs/volumes.md says of each volume that ends with its pod who writes to it, and of no other', () => {
  const [, section = ''] = text('docs/volumes.md').split('\n## What pods write elsewhere\n');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (`[^|]*`) +\| ([^|]+?) +\|/gm)];
  const said = rows.flatMap(([, names = '', owners = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) =>
      // Without the targets of links.
      [...owners.replace(/\]\([^)]*\)/g, '').matchAll(/[\w-]+/g)].map(([owner]) => `${name} of ${owner}`),
    ),
  );
  const made = new Set<string>();
  const named: ReadonlySet<string> = new Set(workloads.map(({ name }) => name));
  const { flower } = secondApplication.programs;
  const programs = { flower: { ...flower, writable: { '/plugins': 1 } } };
  const withFolder = { ...environments.production, application: { ...secondApplication, programs } };
  const sampleData = ['load'] as const;
  const withSampleData = { ...environments.dev, application: { ...secondApplication, sampleData } };
  const all: readonly AnyEnvironment[] = [...variants, withFolder, withSampleData];
  for (const environment of all) {
    const { processes = {} }: Application = environment.application;
    for (const { labels, pod } of pods(environment)) {
      const name = labels['app.kubernetes.io/name'] ?? '';
      const owner = named.has(name) ? name : name in processes ? 'processes' : 'programs';
      for (const volume of pod.volumes.filter(({ emptyDir }) => emptyDir))
        made.add(`${volume.name.replace(/\d+$/, '…')} of ${owner}`);
    }
  }
  expect(said.sort()).toEqual([...made].sort());
});

test('who copies the repository finds each file that holds its name in the page on publishing', () => {
  const { repository } = JSON.parse(text('package.json')) as {
    readonly repository: { readonly url: string };
  };
  const { host, pathname } = new URL(repository.url.replace(/^git\+/, ''));
  const owner = pathname.split('/')[1];
  const holdsName = new RegExp(`(@|\\b(${host}|ghcr\\.io)/)${owner}/`);
  const below = (folder: string) =>
    readdirSync(join(root, folder), { recursive: folder !== '.', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  const files = ['.', '.github', 'charts', 'docker', 'environments', 'tools']
    .flatMap(below)
    .filter((file) => holdsName.test(text(file)))
    .map((file) => file.replace(/^docker\/[^/]+\//, 'docker/NAME/'));
  const [, list = ''] = text('docs/publishing.md').split('## Set it up once');
  expect(files).toContain('package.json');
  expect(files.filter((file) => !list.includes(`\`${file}\``))).toEqual([]);
});

test('a workflow that a page or a command names exists', () => {
  const folder = '.github/workflows';
  const workflows = readdirSync(join(root, folder)).map(
    (name) => /^name: (.+)$/m.exec(text(join(folder, name)))?.[1],
  );
  const commands = readdirSync(join(root, 'tools'), { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('tools', name));
  const named = [...pages, ...commands].flatMap((path) =>
    [...text(path).matchAll(/\bworkflow "?([A-Z]\w*)/g)].map(([, name]) => name),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !workflows.includes(name))).toEqual([]);
});

test.each(decisions)('%s has the form of a decision, and a row in the index', (path) => {
  const [number = ''] = /\d{4}/.exec(path) ?? [];
  const headings = [...prose(path).matchAll(/^#+ .+$/gm)].map(([heading]) => heading);
  expect(headings).toEqual([
    expect.stringMatching(`^# ${number}\\. `),
    '## Context',
    '## Decision',
    '## Consequences',
  ]);
  const head = /\n\n- Status: (.+)\n- Date: (\d{4}-\d\d-\d\d)\n\n## Context\n/.exec(text(path));
  expect(head).not.toBeNull();
  const [, status, date] = head ?? [];
  const title = headings[0]?.replace(/^# \d{4}\. /, '');
  const rows = text('docs/decisions/README.md').split('\n');
  const row = rows.find((line) => line.startsWith(`| [${number}](`)) ?? '';
  expect(row.split('|').map((cell) => cell.trim())).toEqual([
    '',
    `[${number}](${basename(path)})`,
    title,
    date,
    status,
    '',
  ]);
});

test('the table of docs/how-it-works.md has every workload, what it is, and which environments have it', () => {
  const rows = [...text('docs/how-it-works.md').matchAll(/^\| `([a-z-]+)` +\| (.+?) +\|(.+)\|$/gm)]
    .map(([, name = '', description, cells = '']) => ({
      name,
      description,
      in: cells.split('|').map((cell) => cell.trim() !== '–'),
    }))
    .slice(0, workloads.length);
  const columns = /^\| Workload +\| What it is +\|(.+)\|$/m.exec(text('docs/how-it-works.md'))?.[1] ?? '';
  const present = columns.split('|').map((column) =>
    // The table is of the stand-in, which has no Redis and sends no mail.
    workloadsOf({ ...environments[column.trim() as EnvironmentName], application: small }),
  );
  expect(rows).toEqual(
    workloads.map((workload) => ({
      name: workload.name,
      description: workload.description,
      in: present.map((list) => list.includes(workload)),
    })),
  );
});

describe('the diagrams of docs/how-it-works.md', () => {
  const diagrams = [...text('docs/how-it-works.md').matchAll(/^```mermaid\nflowchart LR\n(.*?)^```/gms)];
  /** The arrows of a diagram, one for each pair and port. */
  const arrowsOf = (diagram: string) => {
    const shapes = /([\w-]+)(?:\[\(|\(\[|\{\{|\[)([^\])}]+)(?:\)\]|\]\)|\}\}|\])/g;
    const names = new Map(
      [...diagram.matchAll(shapes)].map(([, id = '', label = '']) => [
        id,
        label.toLowerCase().replace(' ', '-'),
      ]),
    );
    const lines = diagram.replaceAll(shapes, '$1').trim().split('\n');
    return lines.flatMap((line) => {
      const [, from = '', ports = '', to = ''] = /^ *(.+?) -- "?(.+?)"? --> (.+)$/.exec(line) ?? [];
      const ends = (side: string) => side.split(' & ').map((id) => names.get(id) ?? id);
      return ends(from).flatMap((one) =>
        ends(to).flatMap((other) => ports.split(', ').map((port) => `${one} -- ${port} --> ${other}`)),
      );
    });
  };
  const shown = (environment: AnyEnvironment, isDrawn: (to: string) => boolean) => {
    // They are of the stand-in, as the table is.
    const all = connections({ ...environment, application: small });
    const drawn = all.filter(({ from, to }) => from !== 'this-machine' && isDrawn(to));
    return [...new Set(drawn.map(({ from, port, to }) => `${from} -- ${port} --> ${to}`))].sort();
  };
  /** The arrows but for those of the browser: they begin outside of the network. */
  const withoutBrowser = (diagram: string) =>
    arrowsOf(diagram)
      .filter((arrow) => !arrow.startsWith('browser '))
      .sort();

  test('are of dev and of production', () => expect(diagrams).toHaveLength(2));

  test("have every connection of dev but the browser's, and no other", () => {
    expect(withoutBrowser(diagrams[0]?.[1] ?? '')).toEqual(shown(environments.dev, () => true));
  });

  test("have every connection of production but the browser's and those to the DNS, and no other", () => {
    expect(withoutBrowser(diagrams[1]?.[1] ?? '')).toEqual(
      shown(environments.production, (to) => to !== 'cluster-dns'),
    );
  });
});

test('docs/external-secrets.md has a row for each credential of the charts: its names in a store, and what it is', () => {
  const rows = [
    ...text('docs/external-secrets.md').matchAll(/^\| `([A-Z0-9_]+)` +\| `([a-z0-9-]+)` +\| (.+?) +\|$/gm),
  ].map(([, ...cells]) => cells);
  expect(rows).toEqual(
    Object.entries(ofTheCharts).map(([name, { secret, description }]) => [name, secret, description]),
  );
});

describe('docs/application-contract.md', () => {
  const page = text('docs/application-contract.md');
  /** The names in the first column of the table after this line. */
  const table = (after: string) => {
    const rows = page
      .slice(page.indexOf(after))
      .split('\n\n')
      .find((part) => part.startsWith('| Name'));
    return [...(rows ?? '').matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
  };
  const { redis, media, mail } = secondApplication;
  /** What the charts set for an application that uses all that there is, and sets nothing itself. */
  const store = { ...mediaInBucket.bucket.production, caConfigMap: 'authority' };
  const inBucket = { ...mediaInBucket, bucket: { staging: store, production: store } };
  const set = new Set(
    [media, inBucket]
      .flatMap((uploads) =>
        allEnvironments.map((environment) => ({
          ...environment,
          application: { ...small, redis, media: uploads, mail },
        })),
      )
      .flatMap((environment) => containerOf(podOf(environment, 'Deployment', 'web'), 'web').env ?? [])
      .map(({ name }) => name),
  );

  test('has a row for each setting that the charts set, and no other', () => {
    expect(table('## Settings').sort()).toEqual([...set].sort());
  });

  test('says of no setting that no chart sets it if one does', () => {
    const unset = table('No chart sets them');
    expect(unset).toContain('STATIC_ROOT');
    expect(unset.filter((name) => set.has(name))).toEqual([]);
  });
});

test('the application reads each setting of its own file', () => {
  const { application }: { application: Application } = environments.production;
  const app = join(root, 'docker/web/app');
  const code = readdirSync(app, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.py'))
    .map((path) => readFileSync(join(app, path), 'utf8'))
    .join('\n');
  const isRead = (name: string) => new RegExp(`["']${name}["']`).test(code);
  expect(Object.keys(application.settings ?? {}).filter((name) => !isRead(name))).toEqual([]);
});
