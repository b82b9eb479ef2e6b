import { expect, test } from '@jest/globals';
import { bad, failed, found, warning } from '../../lib/doctor.ts';

test.each([
  [
    { status: 'red', number_of_nodes: 3 },
    bad('red, 3 of 3 nodes', 'volumes have room.* npm run reindex -- production --force --context test'),
  ],
  [{ status: 'red', number_of_nodes: 2 }, bad('red, 2 of 3 nodes', 'logs elasticsearch-0')],
  [{ status: 'yellow', number_of_nodes: 3 }, warning('yellow, 3 of 3 nodes', 'by itself')],
  [{ status: 'green', number_of_nodes: 2 }, warning('green, 2 of 3 nodes', 'by itself')],
])('Elasticsearch: %j', async (health, expected) => {
  expect(await found('Elasticsearch', { curl: JSON.stringify(health) })).toEqual(expected);
});

test('Elasticsearch that is green, and takes no changes because a disk is nearly full', async () => {
  const indices = { 'coped-projects': { 12: { description: 'disk usage exceeded flood-stage watermark' } } };
  const answers = { '_cluster/state/blocks': JSON.stringify({ blocks: { indices } }) };
  expect(await found('Elasticsearch', answers)).toEqual(
    bad(
      /^green, 3 of 3 nodes; a disk is nearly full, so no change is taken by coped-projects$/,
      /docs\/volumes.md.*npm run reindex -- production --context test$/,
    ),
  );
});

test('Elasticsearch that refuses a password, because its Secret was replaced', async () => {
  const curl = await failed(
    'curl: (22) The requested URL returned error: 401\ncommand terminated with exit code 22',
  );
  expect(await found('Elasticsearch', { curl })).toEqual(
    bad(
      'refuse the password',
      /kubectl --context test rollout restart --namespace coped-production statefulset\/elasticsearch deployment\/web$/,
    ),
  );
});

test('Elasticsearch that does not answer is told as it is', async () => {
  const curl = await failed('curl: (22) The requested URL returned error: 503');
  expect(await found('Elasticsearch', { curl })).toEqual(
    bad('could not be asked: .*503', 'correct what the checks above found'),
  );
});
