import { describe, expect, test } from '@jest/globals';
import { allEnvironments, containersOf, pods } from '../lib/manifests.ts';

describe.each(allEnvironments)('$namespace', (environment) => {
  test('a migration that does not get a lock is tried again, by a program that needs nothing of the application', () => {
    const commands = pods(environment)
      .flatMap(({ pod }) => containersOf(pod))
      .filter(({ name }) => name === 'migrate')
      .map(({ command }) => command);
    expect(commands).not.toEqual([]);
    const program = expect.stringMatching(/LOCK_NOT_AVAILABLE.*\nmigrate\(\)\n$/s);
    for (const command of commands)
      expect(command).toEqual(['python', 'manage.py', 'shell', '--verbosity', '0', '--command', program]);
  });
});
