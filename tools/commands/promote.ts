import { application } from '../../environments/application.ts';
import {
  imagesFor,
  type LockedEnvironment,
  partsOf,
  promotedFrom,
  unpinnedImages,
} from '../../environments/images.ts';
import { commitPins, requireNothingToCommit } from '../images/commit.ts';
import { differences, readLock, writeLock } from '../images/lock.ts';
import { published } from '../images/registry.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * `npm run promote -- ENVIRONMENT`: gives an environment the very images of staging, synthesizes dist/, and makes a commit of
 * it. Nothing is built, and nothing is deployed: somebody approves the commit, and deploys it.
 *
 * @throws UserError when staging has images that do not exist, or when the checkout has changes of its own; then nothing is
 *   changed
 */
export async function promoteCommand(environment: LockedEnvironment): Promise<void> {
  await requirePrograms('docker');
  const lock = readLock();
  const references = lock[promotedFrom];
  const unpinned = unpinnedImages(references, application);
  if (unpinned.length > 0)
    throw new UserError(
      `${promotedFrom} has no published image of ${unpinned.join(', ')}, so there is nothing to promote\n` +
        `pin it first: npm run pin -- ${promotedFrom}`,
    );
  await requireNothingToCommit();
  const changes = differences(lock[environment], references);
  if (changes.length === 0) {
    console.log(`${environment} has the images of ${promotedFrom} already`);
    return;
  }
  for (const image of imagesFor(application)) {
    // By its digest alone: the tag may mean something else by now.
    const { repository, digest } = partsOf(references[image]);
    await published(`${repository}@${digest}`);
  }
  await writeLock(environment, references);
  console.log(changes.join('\n'));
  await commitPins(environment, `Promote ${promotedFrom}'s images to ${environment}`, changes);
}
