import { Argument, type Command, Option } from 'commander';
import {
  type ImageName,
  imageNames,
  isThirdParty,
  type LockedEnvironment,
  lockedEnvironments,
  promotedFrom,
} from '../../environments/images.ts';
import { type Platform, platforms } from './registry.ts';

/** The commands by which images are published, pinned and promoted, and a version released. */
export function addImageCommands(program: Command): void {
  program
    .command('pin')
    .description(
      "write the digests of an environment's published images into environments/images.json and dist/",
    )
    .addArgument(new Argument('<environment>', 'its name').choices(lockedEnvironments))
    .addArgument(new Argument('[images...]', 'only these').choices(imageNames))
    .addOption(new Option('--commit', 'make a commit of it').default(false))
    .action(async (name: LockedEnvironment, images: ImageName[], options) =>
      (await import('../commands/pin.ts')).pinCommand(name, images, options),
    );

  program
    .command('promote')
    .description('make a commit that gives an environment the images of staging; it deploys nothing')
    .addArgument(new Argument('<environment>', 'its name').choices(promotable))
    .action(async (name: LockedEnvironment) => (await import('../commands/promote.ts')).promoteCommand(name));

  program
    .command('release')
    .description('make a commit and a tag of the newest section of CHANGELOG.md')
    .addOption(new Option('--notes', 'print that section, and change nothing').default(false))
    .action(async (options) => (await import('../commands/release.ts')).releaseCommand(options));

  addImages(program.command('images').description('build and publish the images of docker/'));
}

const promotable = lockedEnvironments.filter((name) => name !== promotedFrom);

/** The steps by which an image is published, in their order. */
function addImages(images: Command): void {
  const commands = () => import('../commands/images.ts');
  const image = () => new Argument('<image>').choices(imageNames.filter((name) => !isThirdParty(name)));

  images
    .command('missing')
    .description('print the images that are not published with the content of this checkout, as JSON')
    .action(async () => (await commands()).printMissing());
  images
    .command('build')
    .description('build an image for one platform, and push it')
    .addArgument(image())
    .addOption(new Option('--platform <platform>', 'what it is for').choices(platforms).makeOptionMandatory())
    .action(async (name: ImageName, { platform }: { platform: Platform }) =>
      (await commands()).buildAndPush(name, platform),
    );
  images
    .command('merge')
    .description('make one image of those that are built for each platform')
    .addArgument(image())
    .action(async (name: ImageName) => (await commands()).merge(name));
  images
    .command('sign')
    .description('sign the merged image, attach its SBOM, verify both, and publish it under its tag')
    .addArgument(image())
    .addOption(
      new Option(
        '--key <file>',
        "sign with a key of cosign's, instead of the identity of a workflow on GitHub",
      ),
    )
    .action(async (name: ImageName, options: { key?: string }) => (await commands()).sign(name, options));
}
