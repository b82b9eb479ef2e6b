import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/terminal/programs.ts';
import { UserError } from '../../tools/terminal/user-error.ts';

/** The files that the arguments ask for, and what is left of these, for Jest. */
export function chosen(arguments_: readonly string[]): {
  readonly files: string[];
  readonly options: string[];
} {
  const first = filesIn('test/e2e');
  const all = [...first, ...filesIn('test/e2e/nightly')];
  const options = arguments_.filter((argument) => argument.startsWith('-') && argument !== '--all');
  const names = arguments_.filter((argument) => !argument.startsWith('-'));
  const unknown = names.find((name) => !all.some((file) => file.includes(name)));
  if (unknown !== undefined)
    throw new UserError(`there is no end-to-end test "${unknown}"; there are:\n  ${all.join('\n  ')}`);
  if (names.length > 0)
    return { files: all.filter((file) => names.some((name) => file.includes(name))), options };
  return { files: arguments_.includes('--all') ? all : first, options };
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.e2e.ts'))
    .sort()
    .map((file) => join(folder, file));
}
