import { ExecaError } from 'execa';
import { loadAll } from 'js-yaml';
import { lastLine, root, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import type { AnyObject } from './objects.ts';

/** What is compared if nobody names a reference: where the checked-out branch has left this one. */
const mainBranch = 'main';

/**
 * The commit that a reference names, or the one at which the checked-out commit has left the main branch.
 *
 * @param folder a folder of the repository
 * @throws UserError when the clone has no such commit
 */
export async function commitOf(reference: string | undefined, folder = root): Promise<string> {
  const found = await git(folder, [
    'rev-parse',
    '--verify',
    '--quiet',
    `${reference ?? mainBranch}^{commit}`,
  ]);
  if (found === undefined) throw await missing(reference, folder);
  if (reference !== undefined) return found.trim();
  const base = await git(folder, ['merge-base', 'HEAD', found.trim()]);
  if (base === undefined) throw await missing(reference, folder);
  return base.trim();
}

/** The objects of a folder such as dist/ in a commit; none if the commit has no such folder. */
export async function manifestsAt(commit: string, path: string, folder = root): Promise<AnyObject[]> {
  const names = await run('git', ['ls-tree', '--name-only', commit, `${path}/`], { cwd: folder });
  const files = names.split('\n').filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(
    files.map((file) => run('git', ['show', `${commit}:${file}`], { cwd: folder })),
  );
  return texts.flatMap((text) => loadAll(text) as AnyObject[]);
}

/** What git answers, or undefined if it has found nothing. */
async function git(folder: string, arguments_: readonly string[]): Promise<string | undefined> {
  try {
    return await run('git', arguments_, { cwd: folder });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.exitCode === 1) return undefined;
    throw new UserError(`git ${arguments_[0]} failed: ${lastLine(error.stderr)}`);
  }
}

async function missing(reference: string | undefined, folder: string): Promise<UserError> {
  const isShallow = (await git(folder, ['rev-parse', '--is-shallow-repository']))?.trim() === 'true';
  const what =
    reference === undefined
      ? `this clone has no commit at which the checked-out one has left ${mainBranch}; name another reference with --against`
      : `--against is "${reference}", and this clone has no such commit, branch or tag; "cluster" is what runs`;
  return new UserError(
    isShallow
      ? `${what}\nit has its newest commits only; get the others with: git fetch --unshallow`
      : `${what}\nget what the remote has with: git fetch --tags`,
  );
}
