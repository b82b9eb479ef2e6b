import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DiffReport } from '../../../tools/commands/diff.ts';
import { changes, cli, folder, program, refused } from '../../lib/command-line.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

/** A git whose commit has the files of the working tree; those that the patterns of the shell match are edited by sed. */
function gitWith(edit: string, files = '*'): void {
  program(
    'git',
    'PATH=/usr/bin:/bin',
    'case "$1" in',
    `  rev-parse) case "$*" in *nowhere*) exit 1;; *shallow*) echo false;; *) echo ${commit};; esac;;`,
    `  merge-base) echo ${commit};;`,
    '  ls-tree) ls -d "$4"*;;',
    `  show) case "$2" in ${files}) sed '${edit}' "\${2#*:}";; *) cat "\${2#*:}";; esac;;`,
    'esac',
  );
}

beforeEach(() => gitWith(''));

test('says in one sentence that there is no difference', async () => {
  expect(await cli(['diff', 'production'])).toEqual({
    exitCode: 0,
    output: 'production: dist/production/ does not differ from main (0123456789)',
  });
});

test('says what differs in words, what that does, and then the lines', async () => {
  gitWith('s/^  replicas: 2/  replicas: 4/; s/memory: 64Mi/memory: 32Mi/', '*/60-nginx.yaml|*/50-web.yaml');
  const { exitCode, output } = await cli(['diff', 'production', '--against', 'v1.0.0']);
  const [words = '', ...lines] = output.split(/^(?=--- )/m);
  expect([exitCode, words.trimEnd().split('\n')]).toEqual([
    0,
    [
      'production: dist/production/ against v1.0.0 (0123456789)',
      'restarts: nginx',
      '',
      'nginx',
      '  Deployment nginx',
      '    pods 4 → 2',
      '    nginx: memory 32 → 64 MiB',
      '  → restarts nginx: each old pod serves until a new one is ready',
      '',
      'web',
      '  Deployment web',
      '    pods 4 → 2',
      '  → restarts nothing',
    ],
  ]);
  expect(lines.map((each) => each.split('\n').filter((line) => /^[-+]/.test(line)))).toEqual([
    [
      '--- Deployment/nginx',
      '+++ Deployment/nginx',
      '-  replicas: 4',
      '+  replicas: 2',
      '-              memory: 32Mi',
      '+              memory: 64Mi',
      '-              memory: 32Mi',
      '+              memory: 64Mi',
    ],
    ['--- Deployment/web', '+++ Deployment/web', '-  replicas: 4', '+  replicas: 2'],
  ]);
});

test('of dev reads its own files only', async () => {
  gitWith('s/^  replicas: 1/  replicas: 2/; s/ingressClassName: .*/ingressClassName: another/');
  const { output } = await cli(['diff', 'dev']);
  expect(output).toMatch(/^dev: dist\/ against main \(0123456789\)\n/);
  expect(output).not.toContain('Ingress');
});

test('is Markdown that shows every character of a value, and folds the lines', async () => {
  gitWith('s/schedule: 40 1 . . 0/schedule: 1 1 * * `0`/');
  const { output } = await cli(['diff', 'production', '--format', 'markdown']);
  expect(output.split('\n').slice(0, 12)).toEqual([
    '### production: dist/production/ against main (0123456789)',
    '',
    '- **touches data**: postgres-backup',
    '',
    '#### postgres-backup',
    '',
    '- CronJob postgres-backup-full',
    '  - schedule 1 1 \\* \\* \\`0\\` → 40 1 \\* \\* 0',
    '',
    '- → **touches data**: postgres-backup-full makes its backups otherwise: schedule 1 1 \\* \\* \\`0\\` → 40 1 \\* \\* 0',
    '- → restarts nothing',
    '',
  ]);
  expect(output).toMatch(
    /<details><summary>The lines<\/summary>\n\n```diff\n--- CronJob[^`]*`0`[^`]*\n```\n\n<\/details>$/,
  );
});

test('is Markdown without lines where there is no difference', async () => {
  const { output } = await cli(['diff', 'production', '--format', 'markdown']);
  expect(output).toBe('### production: dist/production/ does not differ from main (0123456789)');
});

test('is JSON with each changed field', async () => {
  gitWith('s/^  replicas: 3/  replicas: 5/');
  const { output } = await cli(['diff', 'production', '--format', 'json']);
  const { workloads, ...rest } = JSON.parse(output) as DiffReport;
  expect(rest).toEqual({
    environment: 'production',
    manifests: 'dist/production/',
    against: 'main (0123456789)',
  });
  expect(workloads.map(({ workload }) => workload)).toEqual(['postgres', 'elasticsearch']);
  expect(workloads[0]).toEqual({
    workload: 'postgres',
    effects: [
      {
        level: 'data',
        text: 'postgres-3, postgres-4 end; their claims stay, with the data',
        page: 'docs/volumes.md#what-a-claim-survives',
      },
      { level: 'note', text: 'restarts nothing' },
    ],
    objects: [
      {
        state: 'changed',
        kind: 'StatefulSet',
        name: 'postgres',
        words: ['pods 5 → 3'],
        changes: [{ path: ['spec', 'replicas'], before: 5, after: 3 }],
        lines: expect.stringContaining('-  replicas: 5\n+  replicas: 3\n'),
      },
    ],
  });
});

describe('against the cluster', () => {
  test('says what an apply would do, and applies nothing', async () => {
    const { exitCode, output } = await cli(['diff', 'staging', '--against', 'cluster'], {
      CURRENT_CONTEXT: 'far',
    });
    expect([exitCode, output.split('\n').slice(0, 2)]).toEqual([
      0,
      ['staging: dist/staging/ against what runs in "far"', expect.stringMatching(/^runs: .*postgres.*web/)],
    ]);
    expect(changes()).toEqual([]);
  });

  test('names the cluster in the command that shows what is left out', async () => {
    const { output } = await cli(
      ['diff', 'staging', '--against', 'cluster', '--context', 'far', '--format', 'markdown'],
      { CURRENT_CONTEXT: 'near' },
    );
    expect(output).toContain('`npm run diff -- staging --against cluster --context far` shows them.');
  });

  test('needs one', () =>
    refused(
      ['diff', 'staging', '--against', 'cluster'],
      'kubectl has no current context, so there is no cluster to look at',
    ));

  test('is the only difference that takes a context', () =>
    refused(
      ['diff', 'staging', '--context', 'far'],
      '--context names a cluster, and needs --against cluster',
    ));
});

describe('refused is', () => {
  test('a reference that there is not', () =>
    refused(['diff', 'dev', '--against', 'nowhere'], /--against is "nowhere", .*git fetch/s));

  test('a format that there is not, with those that there are', () =>
    refused(['diff', 'dev', '--format', 'html'], 'text, markdown, json'));

  test('all without git', async () => {
    rmSync(join(folder, 'bin', 'git'));
    await refused(['diff', 'dev'], 'git is not on the PATH\ninstall it: https://git-scm.com');
  });
});
