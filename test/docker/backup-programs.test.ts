import { expect, test } from '@jest/globals';
import { execa } from 'execa';

const python = await execa('python3', ['-c', 'from datetime import UTC'], { reject: false });
/** Python 3.11 or newer is not among what this project asks for, except where it is tested for everybody. */
const whereItCan = python.exitCode === 0 || process.env.CI ? test : test.skip;

whereItCan('the programs of the backups pass their own tests', async () => {
  const { exitCode, all } = await execa(
    'python3',
    ['-m', 'unittest', 'discover', '--start-directory', 'test/docker', '--pattern', '*_test.py'],
    {
      // Nothing may be written beside the programs: their folder is copied into the image.
      env: { PYTHONPATH: 'docker/postgres/backup', PYTHONDONTWRITEBYTECODE: '1' },
      all: true,
      reject: false,
    },
  );
  expect([exitCode, all]).toEqual([0, expect.stringMatching(/^Ran [1-9].*\n\nOK$/m)]);
});
