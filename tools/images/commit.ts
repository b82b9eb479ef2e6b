import { manifestsFolder } from '../../environments/all.ts';
import type { LockedEnvironment } from '../../environments/images.ts';
import { run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { lockFile } from './lock.ts';

/**
 * Checks that a commit of environments/images.json and dist/ would hold nothing but other images.
 *
 * @throws UserError when something in these files, or anything that is staged, is not committed
 */
export async function requireNothingToCommit(): Promise<void> {
  const changes = await changesIn(lockFile, 'dist');
  if (changes)
    throw new UserError(`these files have changes that are not committed:\n${changes}\ncommit them first`);
  const staged = await run('git', ['diff', '--cached', '--name-only']);
  if (staged) throw new UserError(`these files are staged for another commit:\n${staged}\ncommit them first`);
}

/**
 * Commits the references of an environment and its folder of dist/.
 *
 * @throws UserError when synthesis has changed another folder of dist/ as well, which was not what the charts make
 */
export async function commitPins(
  environment: LockedEnvironment,
  subject: string,
  lines: readonly string[],
): Promise<void> {
  const folder = manifestsFolder(environment);
  const drift = await changesIn('dist', `:!${folder}`);
  if (drift)
    throw new UserError(
      `nothing was committed: dist/ was not what the charts make, and synthesis has changed these files too:\n${drift}\n` +
        'commit them, and do this again',
    );
  await run('git', ['add', '--all', '--', lockFile, folder]);
  await run('git', ['commit', '--quiet', '--message', subject, '--message', lines.join('\n')]);
  console.log(`${await run('git', ['rev-parse', '--short', 'HEAD'])} ${subject}`);
}

function changesIn(...paths: readonly string[]): Promise<string> {
  return run('git', ['status', '--porcelain', '--', ...paths]);
}
