import { describe, expect, test } from '@jest/globals';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { bad, failed, found, warning } from '../../lib/doctor.ts';
import { application } from '../../second-application/application.ts';

test.each([
  ['79%', { level: 'good', detail: 'data-postgres-0 is 79 % full' }],
  ['80%', warning('data-postgres-0 is 80 % full; ', 'docs/volumes.md')],
  ['90%', bad('data-elasticsearch-2 is 90 % full', 'docs/volumes.md')],
])('a volume that is full to %s', async (df, expected) => {
  expect(await found('volumes', { df: `Use%\n ${df}\n` })).toEqual(expected);
});

test('a pod that cannot be asked does not hide a full volume of another one', async () => {
  const answers = {
    'exec --namespace coped-production elasticsearch-1': await failed('not found'),
    df: ' 85%',
  };
  expect(await found('volumes', answers)).toEqual(
    bad(/postgres-0 is 85 % full.*data-elasticsearch-1 could not be asked: not found/, 'docs/volumes.md'),
  );
});

describe('the volume of the uploads', () => {
  test('is asked for once, in the server, although others have it too', async () => {
    const answers = {
      'deployment/web --container web -- df --output=pcent /srv/media': ' 85%',
      'deployment/': await failed('asked elsewhere'),
      df: ' 10%',
    };
    expect(await found('volumes', answers, { ...production, application })).toEqual(
      warning('^media is 85 % full$', 'docs/volumes.md'),
    );
  });

  test('is the only one of a Deployment: the source of the developer is not ours to grow', async () => {
    const answers = { '/srv/coped': await failed('asked'), df: ' 10%' };
    expect(await found('volumes', answers, { ...dev, application })).toMatchObject({ level: 'good' });
  });
});
