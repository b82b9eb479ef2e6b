/**
 * `npm run e2e -- [--all] [NAME…]`: the end-to-end tests of what a change can break; with `--all` also those in nightly/,
 * which take long and rarely break; with names only the files that have them. Options of Jest are handed on.
 */
import { execa } from 'execa';
import { root } from '../../tools/terminal/programs.ts';
import { UserError } from '../../tools/terminal/user-error.ts';
import { chosen } from './files.ts';
import { handOver } from './guard.ts';

try {
  const { files, options } = chosen(process.argv.slice(2));
  const node = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const jest = ['--config', 'jest.e2e.config.js', ...options, '--runTestsByPath', ...files];
  const { exitCode } = await execa(process.execPath, [...node, ...jest], {
    cwd: root,
    reject: false,
    stdio: 'inherit',
  });
  await handOver();
  process.exitCode = exitCode ?? 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
