import { expect, test } from '@jest/globals';
import { production } from '../../../environments/production.ts';
import { checksOf } from '../../../tools/commands/doctor.ts';
import { good } from '../../../tools/doctor/finding.ts';
import { small } from '../../lib/applications.ts';
import { clusterWith, found, now, warning } from '../../lib/doctor.ts';
import { locally } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const { backedUpBy, ...media } = application.media;
const patient = { cluster: clusterWith(), environment: production, name: 'production', now } as const;
const titles = (environment: typeof patient.environment | ReturnType<typeof locally>) =>
  checksOf({ ...patient, environment }).map(({ title }) => title);

test('uploads that nobody backs up are a warning', async () => {
  const environment = { ...production, application: { ...small, media } };
  expect(await found('uploads', {}, environment)).toEqual(
    warning(
      'nobody else backs them up',
      /docs\/volumes.md .* media.backedUpBy in environments\/application.ts/,
    ),
  );
});

test('who backs them up is said', async () => {
  expect(await found('uploads', {}, { ...production, application })).toEqual(
    good(`not in the backups of Postgres; backed up by ${backedUpBy}`),
  );
});

test('nothing is said of uploads where there are none, or where nothing is backed up', () => {
  expect(titles({ ...production, application: small })).not.toContain('uploads');
  expect(titles({ ...locally('production'), application })).not.toContain('uploads');
});
