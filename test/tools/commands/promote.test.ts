import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { localImages } from '../../../tools/local/images.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { cli, program, refused } from '../../lib/command-line.ts';

describe('what cannot be pinned or promoted is refused, and nothing is changed', () => {
  const lock = readFileSync(join(root, 'environments/images.json'), 'utf8');
  const unchanged = () => expect(readFileSync(join(root, 'environments/images.json'), 'utf8')).toBe(lock);

  test('dev has no pinned images', () => refused(['pin', 'dev'], /'dev' is invalid.*staging, production/s));

  test('staging is where a promotion starts', () =>
    refused(['promote', 'staging'], /'staging' is invalid.*production/s));

  test('an image that there is not', () =>
    refused(['pin', 'staging', 'memcached'], /'memcached' is invalid.*web, nginx, postgres/s));

  test('images that are not published, all of them by name', async () => {
    program('docker', '[ "$2" != imagetools ] || { echo "ERROR: $5: not found" >&2; exit 1; }');
    const { exitCode, output } = await cli(['pin', 'staging', 'web', 'elasticsearch']);
    const [web] = localImages('production', ['web']);
    expect([exitCode, output.split('\n')]).toEqual([
      1,
      [
        '',
        'error: nothing was changed, because of 2 images',
        `web: ghcr.io/coped/web:${web?.content} does not exist in its registry`,
        '  the workflow CI publishes what main holds; docs/publishing.md says how to do it by hand',
        expect.stringMatching(
          /^elasticsearch: docker\.elastic\.co\/.*:8\.19\.\d+ does not exist in its registry$/,
        ),
      ],
    ]);
    unchanged();
  });

  test('an image is signed by a workflow, or by a key', () =>
    Promise.all([program('cosign', 'true'), program('syft', 'true')]).then(() =>
      refused(['images', 'sign', 'web'], 'no identity to sign with'),
    ));
});
