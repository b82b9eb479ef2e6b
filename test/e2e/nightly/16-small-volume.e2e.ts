import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { appOf } from '../../../charts/synthesize.ts';
import { environments } from '../../../environments/all.ts';
import { credentials } from '../../../environments/credentials.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { localEnvironment } from '../../../tools/local/environments.ts';
import { doctorFinds } from '../../drills/finding.ts';
import { givenUp, logMebibytes, moreLog } from '../../drills/log.ts';
import { healthy, inMember, sql, type Target } from '../../drills/target.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, kubectl, local } from '../cluster.ts';
import { imageOf, objectStoreOf } from '../local.ts';

/**
 * A separate Postgres on a volume that really has no more than 1 GiB, with a key that the object store refuses. The volume
 * is in memory, because not every storage class enforces the size of a claim.
 */
const namespace = 'coped-small-volume';
const where = ['--namespace', namespace];
const pod = 'postgres-0';
const needed = ['00-', '10-', '20-', '21-', '30-', '35-'];

const folder = mkdtempSync(join(tmpdir(), 'small-volume-'));
let target: Target;

beforeAll(async () => {
  const { staging } = environments;
  await bringUp('staging');
  const { store } = await objectStoreOf(local);
  const own = localEnvironment(environments.staging, (name) => imageOf('staging', name), store);
  const postgres = { ...staging.postgres, members: 1, storageGibibytes: 1, memoryMebibytes: 2048 };
  const environment = { ...own, namespace, postgres } as AnyEnvironment;
  target = { cluster: local, environment, namespace, webImage: imageOf('staging', 'web') };

  appOf(environment, folder).synth();
  const files = readdirSync(folder).filter((file) => needed.some((prefix) => file.startsWith(prefix)));
  const manifests = files
    .toSorted()
    .flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')) as Manifest[]);
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found');
  await apply(...manifests.filter(({ kind }) => kind === 'Namespace'));
  await apply(...refusedKeys(), await authority(staging.namespace));
  await apply(
    ...manifests.map((manifest) => (manifest.kind === 'StatefulSet' ? inMemory(manifest) : manifest)),
  );
  await healthy(target, 300);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

test('a key that the object store refuses: the Job says so where Kubernetes shows it, and the doctor does', async () => {
  const reason = 'the object store refuses the key: look at BACKUP_S3_KEY and BACKUP_S3_SECRET';
  const messages = '{.items[*].status.containerStatuses[*].state.terminated.message}';
  const selector = ['--selector', 'app.kubernetes.io/name=postgres-backup'];
  await eventually(`a pod that says "${reason}"`, 120, async () =>
    (await kubectl('get', 'pods', ...where, ...selector, '--output', `jsonpath=${messages}`)).includes(
      reason,
    ),
  );
  expect(await doctorFinds(target, 'backups', 'bad')).toContain(reason);
  await sql(target, pod, `${moreLog}; SELECT pg_switch_wal()`);
  await eventually('a failing archive', 60, () => doctorFinds(target, 'Postgres archive', 'bad'));
});

test('WAL that cannot be archived takes a quarter of the volume, and commits go on', async () => {
  const segments = 60;
  let largest = 0;
  await sql(target, pod, 'CREATE TABLE written (segment int)');
  for (let segment = 1; segment <= segments; segment += 1) {
    await sql(target, pod, `INSERT INTO written VALUES (${segment})`);
    await sql(target, pod, moreLog);
    await sql(target, pod, 'SELECT pg_switch_wal()');
    largest = Math.max(largest, await logMebibytes(target, pod));
    // As fast as a busy site writes: what waits is counted when Postgres archives, which it tries each second.
    await delay(500);
  }
  expect(await sql(target, pod, 'SELECT count(*) FROM written')).toBe(`${segments}`);
  // 256 MiB that wait, 102 MiB that Postgres keeps for itself, and what comes between two tries.
  expect(largest).toBeGreaterThan(200);
  expect(largest).toBeLessThan(600);
  expect(await kubectl('logs', ...where, pod, '--container', 'postgres')).toContain(givenUp);
});

/** Commits rows of 7 KB until that fails; prints how many were acknowledged, and the error. */
const fill = `import psycopg2
connection = psycopg2.connect(host="/run/postgresql", dbname="coped", user="postgres")
connection.autocommit = True
cursor = connection.cursor()
cursor.execute("CREATE TABLE filled (id int, content text STORAGE PLAIN)")
acknowledged = 0
try:
    while True:
        cursor.execute("INSERT INTO filled VALUES (%s, repeat('x', 7000))", (acknowledged,))
        acknowledged += 1
except psycopg2.Error as error:
    print(acknowledged, error)`;

test('a full volume is an error to the client and the doctor says it; with more room all acknowledged rows are there', async () => {
  const ballast = '/var/lib/postgresql/data/ballast';
  const room = `$(df --output=avail --block-size=1 ${ballast} | tail -1)`;
  await run('bash', '-c', `touch ${ballast}; fallocate --length $((${room} - 64 * 2**20)) ${ballast}`);
  const output = await run('python3', '-c', fill);
  // If there was no room for WAL first, the server ends, and says why itself.
  const log = await kubectl('logs', ...where, pod, '--container', 'postgres', '--tail', '200');
  expect(`${output}\n${log}`).toContain('No space left on device');
  const acknowledged = Number.parseInt(output, 10);
  expect(acknowledged).toBeGreaterThan(100);
  expect(await doctorFinds(target, 'volumes', 'bad')).toMatch(/data-postgres-0 is (9\d|100) % full/);

  // A server that had no room for WAL either has ended, and its container may be between two starts.
  await eventually('the ballast removed', 120, async () => {
    return (await inMember(target, pod, 'rm', '--force', ballast)).exitCode === 0;
  });
  await healthy(target, 180);
  expect(await sql(target, pod, 'SELECT count(*) FROM filled')).toBe(`${acknowledged}`);
});

async function run(...command: string[]): Promise<string> {
  const { exitCode, output } = await inMember(target, pod, ...command);
  expect([exitCode, output]).toEqual([0, output]);
  return output;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface StatefulSet extends Manifest {
  readonly spec: {
    readonly volumeClaimTemplates?: readonly object[];
    readonly template: { readonly spec: { readonly volumes: readonly object[] } };
  };
}

/** The same, with a volume in memory in the place of its claim. */
function inMemory(manifest: Manifest): Manifest {
  const { volumeClaimTemplates, ...spec } = (manifest as StatefulSet).spec;
  const data = { name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } };
  const pod = { ...spec.template.spec, volumes: [...spec.template.spec.volumes, data] };
  return { ...manifest, spec: { ...spec, template: { ...spec.template, spec: pod } } } as StatefulSet;
}

function refusedKeys(): Manifest[] {
  return (['BACKUP_S3_KEY', 'BACKUP_S3_SECRET', 'BACKUP_PASSPHRASE'] as const).map((name) => {
    const { secret, key } = credentials[name];
    const stringData = { [key]: `refused-${'x'.repeat(40)}` };
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace }, stringData };
  });
}

/** The ConfigMap with the certificate authority of the object store, as another environment has it. */
async function authority(of: string): Promise<Manifest> {
  const { data } = JSON.parse(
    await kubectl('get', 'configmap/object-store-ca', '--namespace', of, '--output', 'json'),
  );
  const metadata = { name: 'object-store-ca', namespace };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as Manifest;
}
