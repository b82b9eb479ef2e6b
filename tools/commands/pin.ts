import { application } from '../../environments/application.ts';
import type { PinnedImage } from '../../environments/environment.ts';
import {
  type ImageName,
  imagesFor,
  isThirdParty,
  type LockedEnvironment,
} from '../../environments/images.ts';
import { commitPins, requireNothingToCommit } from '../images/commit.ts';
import { differences, publishedName, readLock, writeLock } from '../images/lock.ts';
import { published } from '../images/registry.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * `npm run pin -- ENVIRONMENT [IMAGE…]`: asks the registry for the digests of an environment's images, and writes them into
 * environments/images.json and dist/. An image of docker/ is asked for by the tag under which this checkout's content is
 * published, any other by its tag in the file.
 *
 * @throws UserError when an image does not exist, lacks a platform, or cannot be asked for; then nothing is changed
 */
export async function pinCommand(
  environment: LockedEnvironment,
  images: readonly ImageName[],
  options: { readonly commit: boolean },
): Promise<void> {
  await requirePrograms('docker');
  if (options.commit) await requireNothingToCommit();
  const before = readLock()[environment];
  const references: Partial<Record<ImageName, PinnedImage>> = {};
  const problems: string[] = [];
  for (const image of images.length > 0 ? images : imagesFor(application)) {
    const { repository, tag } = publishedName(image, before[image]);
    try {
      const { digest } = await published(`${repository}:${tag}`);
      references[image] = `${repository}:${tag}@${digest}` as PinnedImage;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`${image}: ${error.message}${isThirdParty(image) ? '' : `\n  ${howToPublish}`}`);
    }
  }
  if (problems.length > 0)
    throw new UserError(`nothing was changed, because of ${problems.length} images\n${problems.join('\n')}`);

  const changes = differences(before, references);
  if (changes.length === 0) {
    console.log(`${environment} has these images already`);
    return;
  }
  await writeLock(environment, references);
  console.log([...changes, `written to environments/images.json and dist/`].join('\n'));
  if (options.commit)
    await commitPins(environment, `Pin ${environment}'s images to what is published`, changes);
}

const howToPublish =
  'the workflow CI publishes what main holds; docs/publishing.md says how to do it by hand';
