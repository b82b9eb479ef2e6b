import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../../tools/terminal/programs.ts';
import { UserError } from '../../tools/terminal/user-error.ts';
import { isStandIn } from '../lib/applications.ts';

/** The tests of the platform, which hold for any application, and those of the stand-in as long as it runs here. */
const folders = ['test/e2e', ...(isStandIn ? ['test/e2e/stand-in'] : [])];

/** The files that the arguments ask for, and what is left of these, for Jest. */
export function chosen(arguments_: readonly string[]): {
  readonly files: string[];
  readonly options: string[];
} {
  const first = filesIn(folders);
  const all = [...first, ...filesIn(folders.map((folder) => `${folder}/nightly`))];
  const options = arguments_.filter((argument) => argument.startsWith('-') && argument !== '--all');
  const names = arguments_.filter((argument) => !argument.startsWith('-'));
  const unknown = names.find((name) => !all.some((file) => file.includes(name)));
  if (unknown !== undefined)
    throw new UserError(`there is no end-to-end test "${unknown}"; there are:\n  ${all.join('\n  ')}`);
  if (names.length > 0)
    return { files: all.filter((file) => names.some((name) => file.includes(name))), options };
  return { files: arguments_.includes('--all') ? all : first, options };
}

function filesIn(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder)).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.e2e.ts'))
    .sort((a, b) => basename(a).localeCompare(basename(b)));
}
