import { expect, test } from '@jest/globals';
import { production } from '../../../environments/production.ts';
import { good } from '../../../tools/doctor/finding.ts';
import { bad, found, warning } from '../../lib/doctor.ts';
import { application } from '../../second-application/application.ts';

const environment = { ...production, application };

/** What Redis says of itself, as it does: each line ends with a carriage return. */
const info = (used: number, write = 'ok') =>
  [
    '# Clients',
    'connected_clients:7',
    '# Memory',
    `used_memory:${used}`,
    'used_memory_human:1.00M',
    'maxmemory:1000',
    'maxmemory_human:1000B',
    `aof_last_write_status:${write}`,
    '',
  ].join('\r\n');

const redis = (answer: string) => found('Redis memory', { 'redis-cli': answer }, environment);

test('Redis that has memory left is well', async () => {
  expect(await redis(info(794))).toEqual(good('79 % of 1000B used, 7 clients'));
});

test('Redis that is nearly full is a warning, since it refuses tasks then', async () => {
  expect(await redis(info(795))).toEqual(warning('80 % of 1000B used', 'environments/application.ts'));
  expect(await redis('')).toEqual(warning('NaN %', ''));
});

test('Redis that cannot write to its volume is bad', async () => {
  expect(await redis(info(1, 'err'))).toEqual(bad('cannot write to its volume', 'logs statefulset/redis'));
});
