import { expect, test } from '@jest/globals';
import { imagesBy } from '../../../environments/images.ts';
import { production as productionInGit } from '../../../environments/production.ts';
import { compare } from '../../../tools/diff/compare.ts';
import { small } from '../../lib/applications.ts';
import { manifests } from '../../lib/manifests.ts';

const images = imagesBy((name) => `ghcr.io/coped/${name}:0.1.0@sha256:${'0'.repeat(64)}` as const);
const environment = { ...productionInGit, images, application: small };
const { backups, elasticsearch } = environment;
const before = manifests(environment);
const after = manifests({
  ...environment,
  images: { ...images, web: `ghcr.io/coped/web:0.2.0@sha256:${'0'.repeat(64)}` },
  elasticsearch: { ...elasticsearch, storageGibibytes: elasticsearch.storageGibibytes + 1 },
  backups: { ...backups, objectStore: { ...backups.objectStore, region: 'elsewhere' } },
}).filter(({ metadata }) => metadata.name !== 'postgres-backup-incremental');

/** The commands that the difference names, as far as they are the same for every object. */
function commands(context: string | undefined): Set<string> {
  const effects = compare({ name: 'production', environment, before, after, context }).flatMap(
    (report) => report.effects,
  );
  const found = effects.flatMap(({ text }) => [
    ...text.matchAll(
      /kubectl (?:--context \S+ )?(?:delete|rollout)|npm run \w+ -- [^)]*?(?= has been|\)|$)/g,
    ),
  ]);
  return new Set(found.map(([command]) => command));
}

test('each command in a difference from a cluster names it', () =>
  expect([...commands('far')].toSorted()).toEqual([
    'kubectl --context far delete',
    'kubectl --context far rollout',
    'npm run backup -- production --kind full --context far',
    'npm run grow -- production --context far',
    'npm run migrate -- production --context far',
  ]));

test('commits have no cluster', () =>
  expect([...commands(undefined)].filter((command) => command.includes('--context'))).toEqual([]));
