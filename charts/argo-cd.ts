import { type App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { type EnvironmentName, environments, manifestsFolder } from '../environments/all.ts';
import { clusterOf } from '../environments/cluster.ts';
import { delivery } from '../environments/delivery.ts';
import type { Environment, Production, Staging } from '../environments/environment.ts';
import { bucketOf } from '../environments/media.ts';
import { Application, type ApplicationSpecSyncPolicy } from '../imports/application-argoproj.io.ts';
import { AppProject } from '../imports/appproject-argoproj.io.ts';
import { patroniConfigMaps } from './configuration/postgres.ts';
import { appIn, appOf } from './synthesize.ts';
import { postgresRestore } from './workloads/postgres-restore.ts';

/** An environment that Argo CD brings into the cluster, and keeps there. */
interface Delivered {
  readonly name: EnvironmentName;
  readonly environment: Staging | Production;
}

/** The cluster in which Argo CD itself runs. */
const server = 'https://kubernetes.default.svc';

const project = 'coped';

/** Every environment but those of kind dev. */
const delivered: readonly Delivered[] = (Object.keys(environments) as EnvironmentName[]).flatMap((name) => {
  const environment: Environment = environments[name];
  return environment.kind === 'dev' ? [] : [{ name, environment }];
});

/** What Argo CD needs to know: the project with what it may do, and an Application for each environment but dev. */
export function argoCd(outdir: string): App {
  const app = appIn(outdir);
  appProject(app);
  for (const each of delivered) environmentApplication(app, each);
  return app;
}

/**
 * Name of an environment's Application.
 *
 * It must not be the name of the namespace, which is the label app.kubernetes.io/instance of all that runs there. An Argo CD
 * that tracks its objects by this label would take the ConfigMaps of Patroni for objects that were removed from Git.
 */
export function applicationName(name: EnvironmentName): string {
  return `coped-app-${name}`;
}

/**
 * The limits of the Applications: one repository, the environments' namespaces, and the kinds of the manifests.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
 */
function appProject(scope: Construct): void {
  const chart = new Chart(scope, '00-project', { namespace: delivery.argoCdNamespace });
  new AppProject(chart, 'project', {
    metadata: { name: project },
    spec: {
      description: 'COPED: what its repository describes, in its own namespaces',
      sourceRepos: [delivery.repository],
      destinations: delivered.map(({ environment: { namespace } }) => ({ server, namespace })),
      clusterResourceWhitelist: ofTheCluster(delivered.map(({ environment }) => environment)),
      namespaceResourceWhitelist: [
        ...kinds(),
        // What is not permitted is not shown either. These two are not in Git: the others make them.
        { group: '', kind: 'Pod' },
        { group: 'apps', kind: 'ReplicaSet' },
      ],
      orphanedResources: { warn: true, ignore: madeInTheCluster() },
    },
  });
}

/** What the manifests have beyond their namespaces: the namespaces themselves, where they are ours. */
export function ofTheCluster(
  environments: readonly Environment[],
): { group: string; kind: string; name: string }[] {
  return environments
    .filter((environment) => clusterOf(environment).createsNamespace)
    .map(({ namespace }) => ({ group: '', kind: 'Namespace', name: namespace }));
}

/** The kinds of objects in the environments' namespaces, each once. */
function kinds(): { group: string; kind: string }[] {
  const objects = delivered.flatMap(({ environment }) =>
    appOf(environment, '').charts.flatMap((chart): { apiVersion: string; kind: string }[] => chart.toJson()),
  );
  const names = new Set(
    objects
      .filter(({ kind }) => kind !== 'Namespace')
      .map(({ apiVersion, kind }) => `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`),
  );
  return [...names].sort().map((name) => {
    const [group = '', kind = ''] = name.split('/');
    return { group, kind };
  });
}

/** Objects of those kinds that are there although Git does not have them: Patroni and the commands make them. */
function madeInTheCluster(): { group: string; kind: string; name: string }[] {
  const authorities = delivered.flatMap(({ environment }) =>
    [environment.backups.objectStore, bucketOf(environment)].flatMap((store) => store?.caConfigMap ?? []),
  );
  return [
    ...[...patroniConfigMaps, postgresRestore.name, ...new Set(authorities)].map((name) => ({
      group: '',
      kind: 'ConfigMap',
      name,
    })),
    ...['migrate', 'reindex', postgresRestore.name].map((name) => ({
      group: 'batch',
      kind: 'Job',
      name: `${name}-*`,
    })),
  ];
}

/**
 * The Application of an environment: staging follows each commit by itself, production when a person says so.
 *
 * It has no finalizer, so its deletion deletes nothing else. It has no waves and no hooks: a sync would wait for the health
 * of a bad version, and could not go on to the commit that reverts it.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
 */
function environmentApplication(scope: Construct, { name, environment }: Delivered): void {
  const chart = new Chart(scope, `10-${name}`, { namespace: delivery.argoCdNamespace });
  new Application(chart, 'application', {
    metadata: { name: applicationName(name) },
    spec: {
      project,
      source: {
        repoUrl: delivery.repository,
        targetRevision: delivery.revision,
        path: manifestsFolder(name),
      },
      destination: { server, namespace: environment.namespace },
      syncPolicy: { ...syncPolicyOf(environment), syncOptions: ['ServerSideApply=true'] },
      ...(environment.migrations === 'by-command' && {
        info: [
          {
            name: 'After each sync',
            value: `npm run migrate -- ${name}: until then the new pods of web wait, and the old ones serve`,
          },
        ],
      }),
    },
  });
}

function syncPolicyOf({ kind }: Staging | Production): ApplicationSpecSyncPolicy {
  if (kind === 'production') return {};
  return {
    automated: { prune: true, selfHeal: true },
    // Without end, so that nobody has to help after an outage; each time with the newest commit, which may mend the last one.
    retry: { limit: -1, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '1m' } },
  };
}
