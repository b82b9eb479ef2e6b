import { expect, test } from '@jest/globals';
import { credentials } from '../../../environments/credentials.ts';
import { issuersOf, remedyFor } from '../../../tools/credentials/messages.ts';

test('a random value is made, and of another one it is said who issues it', () => {
  expect(remedyFor(credentials.SECRET_KEY)).toBe('make one with: openssl rand -hex 32');
  expect(remedyFor({ origin: 'random', minLength: 80 })).toBe('make one with: openssl rand -hex 40');
  expect(remedyFor({ origin: 'the map service' })).toBe('take the one that the map service issued');
});

test('whoever issues some of these credentials is named once, with what it issues', () => {
  expect(issuersOf(['BACKUP_S3_KEY', 'SQL_PASSWORD', 'BACKUP_S3_SECRET'])).toEqual([
    'the object store of the backups issues BACKUP_S3_KEY, BACKUP_S3_SECRET',
  ]);
  expect(issuersOf(['SQL_PASSWORD'])).toEqual([]);
});
