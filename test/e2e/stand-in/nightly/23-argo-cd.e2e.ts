import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { patroniConfigMaps } from '../../../../charts/configuration/postgres.ts';
import { type EnvironmentName, environments } from '../../../../environments/all.ts';
import type { AnyEnvironment, LocalImage } from '../../../../environments/environment.ts';
import { pauseOf } from '../../../../tools/cluster/argo-cd.ts';
import { kindCluster } from '../../../../tools/cluster/cluster.ts';
import { manifestsOf, readManifests } from '../../../../tools/cluster/manifests.ts';
import { grow } from '../../../../tools/commands/grow.ts';
import { imageNamesOf, localEnvironment } from '../../../../tools/local/environments.ts';
import { buildImage, localImages } from '../../../../tools/local/images.ts';
import { loadImage } from '../../../../tools/local/load-image.ts';
import { ownCluster } from '../../../../tools/local/local-cluster.ts';
import { provideAuthority } from '../../../../tools/local/object-store.ts';
import { root } from '../../../../tools/terminal/programs.ts';
import { attempt, eventually } from '../../../lib/kubectl.ts';
import {
  application,
  arrives,
  commit,
  deleteApplication,
  handOver,
  installArgoCd,
  looksAndIs,
  revert,
  startGit,
  stopGit,
  sync,
  trackBy,
} from '../../argo-cd.ts';
import { objectStore, siteOf } from '../../bring-up.ts';
import { kubectl, local, newEnvFile, npm, npmSucceeds, page } from '../../cluster.ts';
import { imageOf, objectStoreOf } from '../../local.ts';
import { removeEnvironment } from '../../remove.ts';
import { makeRoom } from '../../room.ts';
import { loadProjects, sampleProjects, showsProjects } from '../projects.ts';
import { search } from '../streams.ts';

/**
 * Argo CD brings staging and production into an empty cluster, and keeps them, from commits of a Git repository that holds
 * what `npm run up` would apply, and an Ingress whose address no controller writes.
 */
const { namespace } = environments.staging;
const where = ['--namespace', namespace];
const site = siteOf('staging');

/** What the tests change. */
interface Spec {
  progressDeadlineSeconds?: number;
  schedule?: string;
  ports?: { port: number }[];
  volumeClaimTemplates?: { spec: { resources: { requests: { storage: string } } } }[];
}

/** An object of a commit, which a test may change. */
interface Mutable {
  kind: string;
  metadata: { name: string };
  spec?: Spec;
  data?: Record<string, string>;
}

function specOf({ kind, metadata, spec }: Mutable): Spec {
  if (!spec) throw new Error(`${kind} ${metadata.name} has no spec`);
  return spec;
}

const folder = mkdtempSync(join(tmpdir(), 'argo-cd-'));
const migrations = 'app/projects/migrations';

const migration = (after: string, statement: string) =>
  `from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("projects", "${after}")]
    operations = [migrations.RunSQL("${statement}", migrations.RunSQL.noop)]
`;

const images = {
  next: {
    [`${migrations}/0003_argo_cd.py`]: migration('0002_project_revision', 'CREATE TABLE argo_cd (id int)'),
  },
  deaf: {
    'gunicorn.conf.py': readFileSync(join(root, 'docker/web/gunicorn.conf.py'), 'utf8').replace(
      ':8000',
      ':8001',
    ),
  },
  failing: { [`${migrations}/0003_fails.py`]: migration('0002_project_revision', 'SELECT 1 / 0') },
} as const;

const tag = (name: keyof typeof images): LocalImage => `coped-web:argo-cd-${name}`;

/** Builds the images of staging, and others of web: with another migration, on another port, with a migration that fails. */
async function makeImages(): Promise<void> {
  for (const image of localImages('staging', imageNamesOf('staging'))) {
    await buildImage(image, 'docker', () => {});
    await loadImage(await ownCluster(), image, () => {});
  }
  for (const name of ['next', 'deaf', 'failing'] as const) {
    const copies = Object.entries(images[name]).map(([path, text], index) => {
      writeFileSync(join(folder, `${name}-${index}`), text);
      return `COPY ${name}-${index} /srv/coped/${path}`;
    });
    const file = join(folder, `${name}.Dockerfile`);
    writeFileSync(file, [`FROM ${imageOf('staging', 'web')}`, ...copies, ''].join('\n'));
    await succeeds('docker', 'build', '--tag', tag(name), '--file', file, folder);
    await succeeds('kind', 'load', 'docker-image', tag(name), '--name', kindCluster);
  }
}

async function succeeds(program: string, ...arguments_: string[]): Promise<void> {
  const { exitCode, output } = await attempt(program, arguments_);
  expect([program, exitCode, output]).toEqual([program, 0, output]);
}

/** What Git holds of an environment, with another image of web and other changes. */
async function objectsOf(
  name: EnvironmentName,
  web: LocalImage = imageOf('staging', 'web'),
  change: (find: (kind: string, name: string) => Mutable, all: Mutable[]) => Mutable[] | undefined = () =>
    undefined,
): Promise<readonly object[]> {
  const { store } = await objectStoreOf(local);
  const reference = (image: Parameters<typeof imageOf>[1]) =>
    image === 'web' ? web : imageOf('staging', image);
  const made = manifestsOf(localEnvironment(environments[name], reference, store));
  const ingress = readManifests(join(root, 'dist', name)).filter(({ kind }) => `${kind}` === 'Ingress');
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: environments[name].namespace },
    data: { from: 'Git' },
  };
  const all: Mutable[] = structuredClone([...made, ...ingress, settings]) as Mutable[];
  const find = (kind: string, object: string) => {
    const found = all.find((each) => each.kind === kind && each.metadata.name === object);
    if (!found) throw new Error(`no ${kind} ${object}`);
    return found;
  };
  // So that a rollout that does not come further is called so within the time of a test.
  if (name === 'staging') specOf(find('Deployment', 'web')).progressDeadlineSeconds = 45;
  return change(find, all) ?? all;
}

/** What is in the namespace, by its kind and name, with what says that it was made anew. */
async function present(kinds: string): Promise<Map<string, string>> {
  const columns = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const output = await kubectl('get', kinds, ...where, '--output', `jsonpath=${columns}`);
  return new Map(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}

const only = (all: Map<string, string>, pattern: RegExp) =>
  [...all].filter(([name]) => pattern.test(name)).sort();

beforeAll(async () => {
  await objectStore();
  await makeRoom('staging');
  await makeImages();
  await installArgoCd();
  await trackBy('annotation');
  for (const name of ['staging', 'production'] as const) await deleteApplication(name);
  await removeEnvironment('staging');
  await startGit();
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await trackBy('annotation');
  for (const name of ['staging', 'production'] as const) await deleteApplication(name);
  await stopGit();
  // Its volumes are larger by now than its file says, and volumes do not shrink.
  await removeEnvironment('staging');
});

test('the first commit comes into an empty cluster, when the keys of the object store are there', async () => {
  const first = await commit('staging', await objectsOf('staging'));
  await handOver('staging');
  await eventually(
    'the namespace',
    60,
    async () => (await kubectl('get', 'namespace', namespace, '--ignore-not-found')) !== '',
  );
  const file = join(folder, 'staging.env');
  await newEnvFile('staging', file);
  await npmSucceeds('secrets', '--', 'staging', '--env-file', file);
  await provideAuthority(local, environments.staging);
  await arrives('staging', first, { isWell: true });
  expect((await page(site)).status).toBe(200);
  await loadProjects('staging');
  // The authority of the local object store, which a cluster with a real one does not need.
  const warned = 'Application has 1 orphaned resources';
  await looksAndIs('staging', 'no other condition', 60, ({ conditions = [] }) => {
    return conditions.map(({ message }) => message).join() === warned;
  });
});

test('the same commit again does nothing: no finished Job is made anew, and nothing differs', async () => {
  const before = await present('jobs,deployments,statefulsets,cronjobs,configmaps');
  const { metadata, status } = await application('staging');
  const compared = (status as { readonly reconciledAt?: string } | undefined)?.reconciledAt;
  await looksAndIs('staging', 'another comparison', 60, (now) => {
    const { reconciledAt } = now as { readonly reconciledAt?: string };
    return reconciledAt !== compared && now.sync?.status === 'Synced';
  });
  const after = await application('staging');
  expect([after.metadata.name, after.status?.operationState]).toEqual([
    metadata.name,
    status?.operationState,
  ]);
  expect(await present('jobs,deployments,statefulsets,cronjobs,configmaps')).toEqual(before);
});

test('a new version with a migration comes in, and what has changed beside it, and no visitor notices', async () => {
  const jobs = await present('jobs');
  const searches = search(site, sampleProjects);
  const next = await commit(
    'staging',
    await objectsOf('staging', tag('next'), (find) => {
      specOf(find('CronJob', 'renew-certificates')).schedule = '1 1 * * *';
      find('ConfigMap', 'settings').data = { from: 'the next commit' };
      return undefined;
    }),
  );
  await arrives('staging', next, { isWell: true });
  const { failures, answered } = await searches.stop();
  expect([failures, answered > 10]).toEqual([[], true]);
  const schedule = ['cronjob/renew-certificates', ...where, '--output', 'jsonpath={.spec.schedule}'];
  expect(await kubectl('get', ...schedule)).toBe('1 1 * * *');
  const settings = ['configmap/settings', ...where, '--output', 'jsonpath={.data.from}'];
  expect(await kubectl('get', ...settings)).toBe('the next commit');
  const tables = ['psql', '-d', 'coped', '-tAc', "SELECT to_regclass('public.argo_cd') IS NOT NULL"];
  expect((await kubectl('exec', 'postgres-0', ...where, '-c', 'postgres', '--', ...tables)).trim()).toBe('t');
  const after = await present('jobs');
  // The Jobs of other images are finished and stay as they are.
  const others = /Job\/(create-credentials|certificates|postgres-backup)-[0-9a-f]{10}$/;
  expect(only(after, others)).toEqual(only(jobs, others));
  // The one of the version before is pruned.
  expect(only(after, /Job\/migrate-/)).toHaveLength(1);
  expect(only(after, /Job\/migrate-/)).not.toEqual(only(jobs, /Job\/migrate-/));
});

test('what a commit removes is pruned, but never a claim; what comes back finds its data', async () => {
  const claims = await present('persistentvolumeclaims');
  const removed = await commit(
    'staging',
    await objectsOf('staging', tag('next'), (_, all) =>
      all.filter(
        ({ kind, metadata }) =>
          !(kind === 'ConfigMap' && metadata.name === 'settings') &&
          !(kind === 'StatefulSet' && metadata.name === 'elasticsearch'),
      ),
    ),
  );
  await arrives('staging', removed, { isWell: false });
  const left = await present('configmaps,statefulsets');
  expect([left.has('ConfigMap/settings'), left.has('StatefulSet/elasticsearch')]).toEqual([false, false]);
  expect(await present('persistentvolumeclaims')).toEqual(claims);
  await arrives('staging', await revert(), { isWell: true });
  expect(await present('persistentvolumeclaims')).toEqual(claims);
  await showsProjects(site, 300);
});

test('what somebody changes or deletes by hand is put back', async () => {
  await kubectl('scale', 'deployment/nginx', ...where, '--replicas=3');
  await kubectl('delete', 'configmap/settings', 'networkpolicy/web', ...where);
  await eventually('what Git says', 120, async () => {
    const replicas = ['deployment/nginx', ...where, '--output', 'jsonpath={.spec.replicas}'];
    const back = await kubectl(
      'get',
      'configmap/settings',
      'networkpolicy/web',
      ...where,
      '--ignore-not-found',
      '-o',
      'name',
    );
    return (
      (await kubectl('get', ...replicas)) === `${environments.staging.nginx.replicas}` &&
      back.split('\n').length === 2
    );
  });
});

/** What a bad commit does, and what is said of it; then it is reverted. */
async function bad(
  objects: readonly object[],
  isSaid: Parameters<typeof looksAndIs>[3],
  doctor: RegExp,
): Promise<void> {
  const searches = search(site, sampleProjects);
  try {
    await commit('staging', objects);
    await looksAndIs('staging', 'what Argo CD says', 240, isSaid);
    let last = '';
    await eventually('what the doctor says', 120, async () => {
      const { exitCode, output } = await npm('doctor', '--', 'staging');
      last = output;
      return exitCode === 1 && doctor.test(output);
    }).catch((error: unknown) => {
      throw new Error(`${error}:\n${last}`);
    });
    await arrives('staging', await revert(), { isWell: true });
  } finally {
    const { failures, answered } = await searches.stop();
    expect([failures, answered > 10]).toEqual([[], true]);
  }
}

const isDegraded: Parameters<typeof looksAndIs>[3] = ({ health }) => health?.status === 'Degraded';

test('an image whose probe fails: the old version serves, and a revert mends it', async () => {
  await bad(await objectsOf('staging', tag('deaf')), isDegraded, /✖ web .*web-.*container web/);
});

test('an image that does not exist: the old version serves, and a revert mends it', async () => {
  const objects = await objectsOf('staging', 'coped-web:no-such');
  await bad(objects, isDegraded, /✖ web .*(ErrImagePull|ImagePullBackOff)/);
});

test('a migration that fails: the old version serves, and a revert mends it', async () => {
  await bad(await objectsOf('staging', tag('failing')), isDegraded, /✖ migrate .*container migrate/);
});

test('a manifest that the API server refuses: the old version serves, and a revert mends it', async () => {
  const objects = await objectsOf('staging', tag('next'), (find) => {
    specOf(find('Service', 'web')).ports = [{ port: 99999 }];
    return undefined;
  });
  const isRefused: Parameters<typeof looksAndIs>[3] = ({
    operationState: { message = '' } = { phase: '' },
  }) => message.includes('99999');
  await bad(objects, isRefused, /✖ Argo CD .*99999/);
});

test('a restore pauses Argo CD, which is in step again afterwards', async () => {
  const said = await npmSucceeds('restore', '--', 'staging', '--to', 'latest', '--discard-newer', '--yes');
  expect(said).toContain(`Argo CD leaves ${namespace} alone until the restore is done`);
  expect(said).toContain(`Argo CD looks after ${namespace} again`);
  expect(pauseOf(await application('staging'))).toBeUndefined();
  await looksAndIs('staging', 'health', 300, ({ sync: now, health }) => {
    return now?.status === 'Synced' && health?.status === 'Healthy';
  });
  await npmSucceeds('reindex', '--', 'staging', '--force');
  await showsProjects(site, 300);
});

test('with tracking by label nothing is pruned that the cluster has made itself', async () => {
  const kept = async () => {
    const all = await present('configmaps,secrets,persistentvolumeclaims');
    const states = patroniConfigMaps.map((name) => `ConfigMap/${name}`);
    return [...all].filter(([name]) => states.includes(name) || !name.startsWith('ConfigMap/')).sort();
  };
  const before = await kept();
  expect(before.length).toBeGreaterThan(10);
  await trackBy('label');
  const searches = search(site, sampleProjects);
  // First it has to label them.
  await arrives('staging', await commit('staging', await objectsOf('staging', tag('next'))), {
    isWell: true,
  });
  const instance = 'jsonpath={.metadata.labels.app\\.kubernetes\\.io/instance}';
  expect(await kubectl('get', 'deployment/web', ...where, '--output', instance)).toBe('coped-app-staging');
  const without = await objectsOf('staging', tag('next'), (_, all) =>
    all.filter(({ metadata }) => metadata.name !== 'settings'),
  );
  await arrives('staging', await commit('staging', without), { isWell: true });
  expect((await present('configmaps')).has('ConfigMap/settings')).toBe(false);
  expect(await kept()).toEqual(before);
  await trackBy('annotation');
  await arrives('staging', await revert(), { isWell: true });
  expect(await kept()).toEqual(before);
  const { failures } = await searches.stop();
  expect(failures).toEqual([]);
});

test('a growth pauses Argo CD, which could not bring the larger volumes in before, and does afterwards', async () => {
  const { staging } = environments;
  const storageGibibytes = staging.postgres.storageGibibytes + 1;
  const larger = { ...staging, postgres: { ...staging.postgres, storageGibibytes } };
  const objects = await objectsOf('staging', tag('next'), (find) => {
    for (const { spec } of specOf(find('StatefulSet', 'postgres')).volumeClaimTemplates ?? [])
      spec.resources.requests.storage = `${storageGibibytes}Gi`;
    return undefined;
  });
  const hash = await commit('staging', objects);
  await looksAndIs('staging', 'the refusal', 120, ({ operationState: { message = '' } = { phase: '' } }) =>
    message.includes("updates to statefulset spec for fields other than 'replicas'"),
  );
  const said: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line) => void said.push(`${line}`));
  await grow(local, larger as AnyEnvironment, { timeout: 300, yes: true }).finally(() => log.mockRestore());
  expect(said).toContainEqual(
    expect.stringContaining(`Argo CD leaves ${namespace} alone until the grow is done`),
  );
  expect(said.at(-1)).toBe(`Argo CD looks after ${namespace} again`);
  expect(pauseOf(await application('staging'))).toBeUndefined();
  await arrives('staging', hash, { isWell: true });
  const volumes = ['persistentvolumeclaims', '--selector', 'app.kubernetes.io/name=postgres', ...where];
  const size = 'jsonpath={.items[*].spec.resources.requests.storage}';
  const present = (await kubectl('get', ...volumes, '--output', size)).split(' ');
  expect(present.filter((each) => each === `${storageGibibytes}Gi`)).toHaveLength(staging.postgres.members);
  await showsProjects(site, 300);
});

test('the deletion of the Application deletes nothing else', async () => {
  const kinds = 'deployments,statefulsets,services,configmaps,secrets,persistentvolumeclaims,jobs,cronjobs';
  const before = await present(kinds);
  await deleteApplication('staging');
  expect(await present(kinds)).toEqual(before);
  expect((await page(site)).status).toBe(200);
});

test('production takes a commit when a person syncs, and serves when it is migrated', async () => {
  await makeRoom('production');
  await removeEnvironment('production');
  const file = join(folder, 'production.env');
  await newEnvFile('production', file);
  await npmSucceeds('secrets', '--', 'production', '--env-file', file);
  await provideAuthority(local, environments.production);
  const hash = await commit('production', await objectsOf('production'));
  await handOver('production');
  const own = ['--namespace', environments.production.namespace];
  await looksAndIs('production', 'a difference', 60, ({ sync: now }) => now?.status === 'OutOfSync');
  expect(await kubectl('get', 'deployments,statefulsets', ...own, '--output', 'name')).toBe('');
  await sync('production');
  await arrives('production', hash, { isWell: false });
  await eventually('web that waits', 600, async () =>
    /! web .*waits for the migrations/.test((await npm('doctor', '--', 'production')).output),
  );
  expect((await application('production')).status?.health?.status).toBe('Progressing');
  await npmSucceeds('migrate', '--', 'production');
  await arrives('production', hash, { isWell: true });
  expect((await page(siteOf('production'))).status).toBe(200);
});
