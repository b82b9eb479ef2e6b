import { expect, test } from '@jest/globals';
import { bad, found, warning } from '../../lib/doctor.ts';

test.each([
  [{ status: 'red', number_of_nodes: 3 }, bad('red, 3 of 3 nodes', 'npm run reindex -- production --force')],
  [{ status: 'red', number_of_nodes: 2 }, bad('red, 2 of 3 nodes', 'logs elasticsearch-0')],
  [{ status: 'yellow', number_of_nodes: 3 }, warning('yellow, 3 of 3 nodes', 'by itself')],
  [{ status: 'green', number_of_nodes: 2 }, warning('green, 2 of 3 nodes', 'by itself')],
])('Elasticsearch: %j', async (health, expected) => {
  expect(await found('Elasticsearch', { curl: JSON.stringify(health) })).toEqual(expected);
});
