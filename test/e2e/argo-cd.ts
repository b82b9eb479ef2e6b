/** Argo CD on the local cluster, and a Git repository in a pod beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applicationName, argoCd } from '../../charts/argo-cd.ts';
import { type EnvironmentName, manifestsFolder } from '../../environments/all.ts';
import { delivery } from '../../environments/delivery.ts';
import type { Application } from '../../tools/cluster/argo-cd.ts';
import { get } from '../../tools/cluster/cluster.ts';
import type { Deployment } from '../../tools/cluster/objects.ts';
import { root } from '../../tools/terminal/programs.ts';
import { attempt, eventually } from '../lib/kubectl.ts';
import { apply, kubectl, local } from './cluster.ts';

const { argoCdNamespace } = delivery;
const repoServer = ['deployment/argocd-repo-server', '--namespace', argoCdNamespace];

const git = { namespace: 'e2e-git', name: 'git', url: 'git://git.e2e-git.svc/coped' };

/** The command that installs Argo CD where its manifest or its images cannot be had; see .ci/stand-in and .ci/real-kind. */
const installation = 'E2E_INSTALL_ARGO_CD';

/** Installs Argo CD, unless it is there, as docs/argo-cd.md says or as the variable says. */
export async function installArgoCd(): Promise<void> {
  if (!(await get(local, repoServer))) {
    const command = process.env[installation] ?? documentedInstallation();
    const { exitCode, output } = await attempt('sh', ['-ec', command]);
    if (exitCode !== 0)
      throw new Error(
        `this test needs Argo CD in the cluster, and it could not be installed; set ${installation} to a command that does it\n${command}\n${output}`,
      );
  }
  for (const workload of ['deployment/argocd-repo-server', 'statefulset/argocd-application-controller'])
    await kubectl('rollout', 'status', workload, '--namespace', argoCdNamespace, '--timeout', '300s');
}

function documentedInstallation(): string {
  const page = readFileSync(join(root, 'docs/argo-cd.md'), 'utf8');
  const [, block = ''] = /^ +```sh\n( +kubectl config use-context NAME\n.*?)^ +```$/ms.exec(page) ?? [];
  return block.replace('kubectl config use-context NAME', '');
}

/** Starts an empty Git repository, with the image of Argo CD, which has Git. */
export async function startGit(): Promise<void> {
  const { namespace, name } = git;
  await stopGit();
  const repository = await get<Deployment>(local, repoServer);
  const image = repository?.spec.template.spec?.containers[0]?.image;
  const serve =
    'export HOME=/tmp; git init --quiet --initial-branch main /repositories/coped; ' +
    'exec git daemon --export-all --reuseaddr --base-path=/repositories';
  const volume = { name: 'repositories', emptyDir: {} };
  const container = {
    name,
    image,
    command: ['sh', '-ec', serve],
    ports: [{ containerPort: 9418 }],
    readinessProbe: { tcpSocket: { port: 9418 }, periodSeconds: 1 },
    volumeMounts: [{ name: volume.name, mountPath: '/repositories' }],
  };
  const metadata = { name, namespace, labels: { app: name } };
  await apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: metadata.labels, ports: [{ port: 9418 }] },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container], volumes: [volume] } },
  );
  const ready = ['--for', 'condition=Ready', '--timeout', '120s'];
  await kubectl('wait', `pod/${name}`, '--namespace', namespace, ...ready);
}

export async function stopGit(): Promise<void> {
  await kubectl('delete', 'namespace', git.namespace, '--ignore-not-found');
}

/** Makes a commit in which the folder of an environment holds these objects, and returns its name. */
export function commit(name: EnvironmentName, objects: readonly object[]): Promise<string> {
  const folder = manifestsFolder(name);
  const text = objects.map((each) => JSON.stringify(each)).join('\n---\n');
  return inRepository(
    `mkdir -p ${folder}; cat >${folder}/all.yaml; git add -A; git commit --quiet --allow-empty -m "${name}"`,
    text,
  );
}

/** Reverts the newest commit, and returns the name of the commit that does. */
export function revert(): Promise<string> {
  return inRepository('git revert --no-edit HEAD >/dev/null', '');
}

async function inRepository(script: string, input: string): Promise<string> {
  const author = 'export HOME=/tmp GIT_AUTHOR_NAME=e2e GIT_AUTHOR_EMAIL=e2e@example.org';
  const committer = 'GIT_COMMITTER_NAME=e2e GIT_COMMITTER_EMAIL=e2e@example.org';
  const all = `${author} ${committer}; cd /repositories/coped; ${script}; git rev-parse HEAD`;
  const where = ['--stdin', git.name, '--namespace', git.namespace];
  return (await local.kubectl(['exec', ...where, '--', 'sh', '-ec', all], { input })).trim();
}

/** Applies the project, and the Application of an environment, for the repository of this test. */
export async function handOver(name: EnvironmentName): Promise<void> {
  const objects: (object & { kind: string; metadata: { name: string } })[] = argoCd('unused').charts.flatMap(
    (chart) => chart.toJson(),
  );
  const chosen = objects.filter(
    ({ kind, metadata }) => kind === 'AppProject' || metadata.name === applicationName(name),
  );
  await apply(...JSON.parse(JSON.stringify(chosen).replaceAll(delivery.repository, git.url)));
}

const applicationOf = (name: EnvironmentName) => [
  `applications.argoproj.io/${applicationName(name)}`,
  '--namespace',
  argoCdNamespace,
];

/** The Application of an environment as it is now. */
export async function application(name: EnvironmentName): Promise<Application> {
  const found = await get<Application>(local, applicationOf(name));
  if (!found) throw new Error(`${applicationName(name)} is not there`);
  return found;
}

/** Has Argo CD look at Git now, and waits until the Application is as the condition says. */
export async function looksAndIs(
  name: EnvironmentName,
  what: string,
  seconds: number,
  condition: (status: NonNullable<Application['status']>) => boolean | undefined,
): Promise<void> {
  let last: Application | undefined;
  const refresh = 'argocd.argoproj.io/refresh=hard';
  await kubectl('annotate', ...applicationOf(name), refresh, '--overwrite');
  try {
    await eventually(what, seconds, async () => {
      last = await application(name);
      return last.status !== undefined && condition(last.status);
    });
  } catch (error) {
    throw new Error(`${error}: ${JSON.stringify(last?.status, undefined, 1)}`);
  }
}

/** Waits until a commit is in the cluster; `isWell` adds that it works. */
export function arrives(name: EnvironmentName, hash: string, { isWell }: { isWell: boolean }): Promise<void> {
  return looksAndIs(name, `${hash} of ${name}`, 600, ({ sync, health, operationState }) => {
    const isThere = sync?.status === 'Synced' && sync.revision === hash;
    return isThere && operationState?.phase !== 'Running' && (!isWell || health?.status === 'Healthy');
  });
}

/** Has production take the newest commit, as docs/argo-cd.md says it. */
export async function sync(name: EnvironmentName): Promise<void> {
  const page = readFileSync(join(root, 'docs/argo-cd.md'), 'utf8');
  const [, patch] = /--patch '(\{"operation".*?)'\n/.exec(page) ?? [];
  if (patch === undefined) throw new Error('docs/argo-cd.md does not say how to sync');
  await kubectl('patch', ...applicationOf(name), '--type', 'merge', '--patch', patch);
}

/** Deletes the Application of an environment. */
export async function deleteApplication(name: EnvironmentName): Promise<void> {
  await kubectl('delete', ...applicationOf(name), '--ignore-not-found', '--timeout', '60s');
}

/** How Argo CD knows its objects: by an annotation, or as it did before version 3, by a label. */
export async function trackBy(method: 'annotation' | 'label'): Promise<void> {
  const data = { 'application.resourceTrackingMethod': method };
  const where = ['configmap/argocd-cm', '--namespace', argoCdNamespace];
  await kubectl('patch', ...where, '--type', 'merge', '--patch', JSON.stringify({ data }));
}
