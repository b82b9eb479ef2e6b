import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commitOf, manifestsAt } from '../../../tools/diff/reference.ts';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
const [repository, clone] = [join(folder, 'repository'), join(folder, 'clone')];

const git = (where: string, ...arguments_: string[]) =>
  execFileSync('git', ['-C', where, '-c', 'user.name=x', '-c', 'user.email=x@example.org', ...arguments_], {
    encoding: 'utf8',
  }).trim();

/** Writes a file of dist/ with an object of this name, and commits it. */
function commit(file: string, name: string): string {
  writeFileSync(
    join(repository, 'dist', file),
    `kind: Service\nmetadata:\n  name: ${name}\n---\nkind: Role\nmetadata:\n  name: ${name}\n`,
  );
  git(repository, 'add', '.');
  git(repository, 'commit', '--quiet', '--message', name);
  return git(repository, 'rev-parse', 'HEAD');
}

let first: string;
let onMain: string;
let onBranch: string;

beforeAll(() => {
  mkdirSync(join(repository, 'dist', 'production'), { recursive: true });
  git(repository, 'init', '--quiet', '--initial-branch', 'main');
  commit('10-a.yaml', 'dev');
  first = commit('production/10-a.yaml', 'first');
  git(repository, 'checkout', '--quiet', '-b', 'branch');
  onBranch = commit('production/20-b.yaml', 'on-branch');
  git(repository, 'checkout', '--quiet', 'main');
  onMain = commit('production/10-a.yaml', 'on-main');
  git(repository, 'checkout', '--quiet', 'branch');
  git(folder, 'clone', '--quiet', '--depth', '1', '--branch', 'branch', `file://${repository}`, clone);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('a reference', () => {
  test('is by default the commit at which the branch has left main, whatever main has done since', async () => {
    expect(await commitOf(undefined, repository)).toBe(first);
  });

  test('is the commit itself when it is named, so that a way back is shown too', async () => {
    expect(await commitOf('main', repository)).toBe(onMain);
    expect(await commitOf(onBranch.slice(0, 12), repository)).toBe(onBranch);
  });

  test('that the clone has not is refused, with the way to get it', async () => {
    await expect(commitOf('v9', repository)).rejects.toThrow(
      '--against is "v9", and this clone has no such commit, branch or tag; "cluster" is what runs\nget what the remote has with: git fetch --tags',
    );
    await expect(commitOf(first, clone)).rejects.toThrow(
      /this clone has no such commit.*\nit has its newest commits only; get the others with: git fetch --unshallow$/s,
    );
  });

  test('is missing in a clone without main', async () => {
    await expect(commitOf(undefined, clone)).rejects.toThrow(
      /^this clone has no commit at which the checked-out one has left main; name another reference with --against\nit has its newest/,
    );
  });

  test('is no option of git', async () => {
    await expect(commitOf('--all', repository)).rejects.toThrow('--against is "--all"');
  });

  test('outside a repository is said in the words of git', async () => {
    await expect(commitOf('main', tmpdir())).rejects.toThrow(/^git rev-parse failed: .*not a git repository/);
  });
});

describe('the manifests of a commit', () => {
  const names = async (commit: string, path: string) =>
    (await manifestsAt(commit, path, repository)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  test('are those of the files of the folder, and not what is in the working tree', async () => {
    writeFileSync(join(repository, 'dist', 'production', '30-c.yaml'), 'kind: Uncommitted\n');
    expect(await names(onBranch, 'dist/production')).toEqual([
      'Service first',
      'Role first',
      'Service on-branch',
      'Role on-branch',
    ]);
  });

  test('of dev are not those of the folders below', async () => {
    expect(await names(first, 'dist')).toEqual(['Service dev', 'Role dev']);
  });

  test('are none where the environment did not exist', async () => {
    expect(await names(first, 'dist/training')).toEqual([]);
  });
});
