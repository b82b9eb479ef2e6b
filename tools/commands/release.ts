import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestSection, released } from '../release/changelog.ts';
import { root, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

const files = { changelog: 'CHANGELOG.md', package: 'package.json', lock: 'package-lock.json' } as const;

/**
 * `npm run release`: gives the newest section of CHANGELOG.md the day of today and package.json its version, and makes a
 * commit and a tag. It pushes nothing. With `--notes` it prints that section, and changes nothing.
 *
 * @throws UserError when something is not committed, when there is nothing to release, or when the tag exists
 */
export async function releaseCommand({ notes }: { readonly notes: boolean }): Promise<void> {
  const changelog = readFileSync(join(root, files.changelog), 'utf8');
  const { version, text } = newestSection(changelog);
  if (notes) {
    console.log(text);
    return;
  }
  const changed = released(changelog, new Date().toISOString().slice(0, 10));
  const uncommitted = await run('git', ['status', '--porcelain']);
  if (uncommitted) throw new UserError(`these files have changes that are not committed:\n${uncommitted}`);
  const tag = `v${version}`;
  if (await run('git', ['tag', '--list', tag]))
    throw new UserError(
      `the tag ${tag} exists already; give the newest section of CHANGELOG.md another version`,
    );

  writeFileSync(join(root, files.changelog), changed);
  for (const file of [files.package, files.lock]) setVersion(join(root, file), version);
  await run('git', ['commit', '--quiet', '--message', `Release ${version}`, '--', ...Object.values(files)]);
  await run('git', ['tag', '--annotate', tag, '--message', `Release ${version}`]);
  console.log(`${tag} is a commit and a tag; publish it with: git push origin HEAD ${tag}`);
}

interface Versioned {
  version: string;
  packages?: { '': { version: string } };
}

function setVersion(file: string, version: string): void {
  const content: Versioned = JSON.parse(readFileSync(file, 'utf8'));
  content.version = version;
  if (content.packages) content.packages[''].version = version;
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
