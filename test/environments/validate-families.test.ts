import { expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { Place } from '../../environments/cluster.ts';
import type { AnyEnvironment, NonEmpty } from '../../environments/environment.ts';
import { problems } from '../lib/refusals.ts';

const { staging } = environments;

/** Staging on a cluster whose pods have addresses of these families, with these ranges of its object store. */
const withStore = (ipFamilies: readonly unknown[], cidrs: readonly unknown[]) =>
  ({
    ...staging,
    cluster: { ipFamilies },
    backups: { ...staging.backups, objectStore: { ...staging.backups.objectStore, reachedAt: { cidrs } } },
  }) as unknown as AnyEnvironment;
const refusal = (path: string, cidrs: string, family: string) => [
  `environments/staging.ts: ${path} is ${cidrs}, expected a range of ${family} among them, as cluster.ipFamilies says`,
];

test.each([
  [['IPv6'], ['0.0.0.0/0'], 'IPv6'],
  [['IPv4'], ['fd00::/8', '::/0'], 'IPv4'],
])('pods with %j that may only reach %j are refused', (families, cidrs, family) => {
  expect(problems(withStore(families, cidrs))).toEqual(
    refusal('backups.objectStore.reachedAt.cidrs', JSON.stringify(cidrs), family),
  );
});

test.each([
  [['IPv4'], ['10.0.0.0/8', 'fd00::/8']],
  [['IPv6'], ['10.0.0.0/8', 'fd00::/8']],
  [['IPv4', 'IPv6'], ['fd00::/8']],
])('pods with %j may reach %j', (families, cidrs) => {
  expect(problems(withStore(families, cidrs))).toEqual([]);
});

test('ranges in a list of places are looked at, each by itself', () => {
  const at: NonEmpty<Place> = [{ namespace: 'dns' }, { cidrs: ['10.0.0.10/32'] }, { cidrs: ['fd00::a/128'] }];
  expect(problems({ ...staging, cluster: { dns: { at } } })).toEqual(
    refusal('cluster.dns.at.2.cidrs', '["fd00::a/128"]', 'IPv4'),
  );
});

test('what is no range, or no family, is refused once', () => {
  expect(problems(withStore(['IPv6'], ['10.0.0.0']))).toHaveLength(1);
  expect(problems(withStore(['IPv5'], ['10.0.0.0/8']))).toHaveLength(1);
});
