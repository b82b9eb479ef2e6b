import { expect, test } from '@jest/globals';
import { cli, program } from '../../lib/command-line.ts';

test('why a step failed is said once', async () => {
  program('kubectl', 'case "$*" in *" get "*) echo \'{"items":[{}]}\';; *) printf kind-coped;; esac');
  program(
    'docker',
    'case "$1 $2" in "image inspect") exit 1;; "build "*) echo "there is no space left" >&2; exit 1;; esac',
  );
  const { exitCode, output } = await cli(['up'], { KIND_CLUSTERS: 'coped' });
  expect([exitCode, output]).toEqual([1, expect.stringMatching(/error: the image \w+ could not be had/)]);
  expect(output.match(/could not be had/g)).toHaveLength(1);
  expect(output.match(/there is no space left/g)).toHaveLength(1);
});
