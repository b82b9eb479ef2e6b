import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { inotifyWarning } from '../../../tools/local/inotify.ts';
import { folder } from '../../lib/command-line.ts';

function limits(watches: number, instances: number): string | undefined {
  writeFileSync(join(folder, 'max_user_watches'), `${watches}\n`);
  writeFileSync(join(folder, 'max_user_instances'), `${instances}\n`);
  return inotifyWarning(folder);
}

test('limits as kind recommends them are not mentioned', () => {
  expect(limits(524288, 512)).toBeUndefined();
  expect(limits(1048576, 8192)).toBeUndefined();
});

test('a lower one is said, with the command that raises it, and only it', () =>
  expect(limits(524288, 128)).toBe(
    'fs.inotify.max_user_instances is 128: if pods end with "too many open files", raise it with\n' +
      '  sudo sysctl fs.inotify.max_user_instances=512\n' +
      'and, for the time after a restart, put the same into a file of /etc/sysctl.d/',
  ));

test('both are said', () =>
  expect(limits(8192, 128)).toMatch(
    /^fs.inotify.max_user_watches is 8192, fs.inotify.max_user_instances is 128: .*\n.*sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512\n/,
  ));

test('a system without such limits has none that is low', () =>
  expect(inotifyWarning(join(folder, 'nowhere'))).toBeUndefined());
