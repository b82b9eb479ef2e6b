import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPersistentVolume } from 'kubernetes-models/v1/PersistentVolume';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { migrationJob } from '../../charts/jobs-by-command.ts';
import { appOf } from '../../charts/synthesize.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { Application } from '../../environments/contract.ts';
import { dev } from '../../environments/dev.ts';
import type { AnyEnvironment, ObjectStore, Production, Staging } from '../../environments/environment.ts';
import { type ImageName, localReference } from '../../environments/images.ts';
import { production } from '../../environments/production.ts';
import { staging } from '../../environments/staging.ts';
import { localEnvironment } from '../../tools/local/environments.ts';
import { application as secondApplication } from '../second-application/application.ts';
import { endedBefore, gatewayAddress, wholeIngress } from './addresses.ts';
import { mediaInBucket, small } from './applications.ts';
import type { ContainerManifest, Manifest, PodManifest } from './manifest-types.ts';

export const allEnvironments: readonly AnyEnvironment[] = Object.values(environments);

/** The environment as `npm run up` runs it, on a cluster with or without an object store, and with the source or without. */
export function locally(
  name: EnvironmentName,
  objectStore?: ObjectStore,
  mountsSource?: boolean,
): AnyEnvironment {
  const reference = (image: ImageName) => localReference(image, 'local');
  return localEnvironment(environments[name], reference, objectStore, mountsSource);
}

/** An object store in the cluster itself, whose certificate an authority of its own has signed. */
export const ownObjectStore: ObjectStore = {
  host: 'store.example.org',
  port: 7070,
  region: 'here',
  bucket: 'backups',
  uriStyle: 'path',
  caConfigMap: 'store-authority',
  reachedAt: { namespace: 'store' },
};

/** Environments with the other kinds of addresses, and with whatever an address may have. */
export const withAddresses: readonly AnyEnvironment[] = [
  { ...staging, address: wholeIngress },
  { ...staging, address: endedBefore },
  { ...production, address: gatewayAddress },
];

/** Production with its credentials in one entry of a store that all namespaces may read. */
export const externalProduction: Production = {
  ...production,
  credentials: 'external',
  secretStore: { kind: 'ClusterSecretStore', name: 'vault', keys: { entry: 'coped/production' } },
};

/** Staging with each credential in an entry of its own, in a store of its namespace. */
export const externalStaging: Staging = {
  ...staging,
  credentials: 'external',
  secretStore: { kind: 'SecretStore', name: 'team-store', keys: { prefix: 'coped-staging-' } },
};

/**
 * Each environment as dist/ describes it, and as it runs on a local cluster without and with an object store, and on one
 * that does not mount the source; two with their credentials in a store; two with an application that has whatever the
 * stand-in lacks; and one with uploads in a bucket. Then those at other addresses.
 */
export const variants: readonly AnyEnvironment[] = [
  ...allEnvironments,
  locally('dev', undefined, false),
  locally('staging'),
  locally('production'),
  locally('production', ownObjectStore),
  externalProduction,
  { ...externalStaging, application: secondApplication },
  { ...dev, application: secondApplication },
  { ...production, application: secondApplication },
  ...withAddresses,
  { ...production, application: { ...small, media: mediaInBucket } },
];

const synthesized = new WeakMap<AnyEnvironment, Manifest[]>();

/** Every object of an environment, as it would stand in dist/. */
export function manifests(environment: AnyEnvironment): Manifest[] {
  const before = synthesized.get(environment);
  if (before) return before;
  const all: Manifest[] = appOf(environment, 'unused').charts.flatMap((chart) => chart.toJson());
  synthesized.set(environment, all);
  return all;
}

/** The kinds that the charts make. */
export interface Kinds {
  readonly ConfigMap: IConfigMap;
  readonly CronJob: ICronJob;
  readonly Deployment: IDeployment;
  readonly Ingress: IIngress;
  readonly Job: IJob;
  readonly Namespace: INamespace;
  readonly NetworkPolicy: INetworkPolicy;
  readonly PersistentVolume: IPersistentVolume;
  readonly PersistentVolumeClaim: IPersistentVolumeClaim;
  readonly PodDisruptionBudget: IPodDisruptionBudget;
  readonly Role: IRole;
  readonly RoleBinding: IRoleBinding;
  readonly Service: IService;
  readonly ServiceAccount: IServiceAccount;
  readonly StatefulSet: IStatefulSet;
}

type Named = { readonly metadata: { readonly name: string } };

/** Every object of a kind, the migration Job among them. */
export function objects<Kind extends keyof Kinds>(
  environment: AnyEnvironment,
  kind: Kind,
): (Kinds[Kind] & Named)[] {
  return manifestsWithMigration(environment).filter(
    (manifest) => manifest.kind === kind,
  ) as unknown as (Kinds[Kind] & Named)[];
}

/** The object of a kind that has this name; a Job has a hash behind it. */
export function object<Kind extends keyof Kinds>(
  environment: AnyEnvironment,
  kind: Kind,
  name: string,
): Kinds[Kind] & Named {
  const found = objects(environment, kind).filter(
    ({ metadata }) => (kind === 'Job' ? metadata.name.replace(/-[0-9a-f]{10}$/, '') : metadata.name) === name,
  );
  const [first] = found;
  if (!first) throw new Error(`${environment.namespace} has no ${kind} ${name}`);
  return first;
}

export type PodMaker = 'CronJob' | 'Deployment' | 'Job' | 'StatefulSet';

/** The template of the pods that an object makes. */
export function templateOf(environment: AnyEnvironment, kind: PodMaker, name: string): IPodTemplateSpec {
  const spec =
    kind === 'CronJob'
      ? object(environment, kind, name).spec?.jobTemplate.spec
      : object(environment, kind, name).spec;
  if (!spec?.template) throw new Error(`${kind} ${name} makes no pods`);
  return spec.template;
}

/** The pods that an object makes. */
export function podOf(environment: AnyEnvironment, kind: PodMaker, name: string): IPodSpec {
  const { spec } = templateOf(environment, kind, name);
  if (!spec) throw new Error(`the pods of ${kind} ${name} have no spec`);
  return spec;
}

/** A container of those pods, or one of their init containers. */
export function containerOf(pod: IPodSpec, name: string): IContainer {
  const all = [...(pod.initContainers ?? []), ...pod.containers];
  const found = all.find((container) => container.name === name);
  if (!found) throw new Error(`no container ${name}; there are: ${all.map((each) => each.name).join(', ')}`);
  return found;
}

/** The containers that change the schema, in their order. */
export function migrationSteps({ application }: AnyEnvironment): string[] {
  const { migrationSteps = [] }: Application = application;
  return ['migrate', ...migrationSteps.map(([command], index) => `step-${index + 2}-${command}`)];
}

/** What a container may read, as `SECRET/KEY` or, of a whole Secret, as `SECRET/*`: by mounted files and by variables. */
export function secretsOf(pod: IPodSpec, name: string): string[] {
  const { volumeMounts = [], env = [] } = containerOf(pod, name);
  const mounted = volumeMounts.flatMap((mount) => {
    const volume = pod.volumes?.find((candidate) => candidate.name === mount.name);
    const projected = volume?.projected?.sources?.flatMap(({ secret }) =>
      (secret?.items ?? [{ key: '*' }]).map(({ key }) => `${secret?.name}/${key}`),
    );
    return projected ?? (volume?.secret ? [`${volume.secret.secretName}/*`] : []);
  });
  const variables = env.flatMap(({ valueFrom }) => {
    const reference = valueFrom?.secretKeyRef;
    return reference ? [`${reference.name}/${reference.key}`] : [];
  });
  return [...new Set([...mounted, ...variables])].sort();
}

const withMigration = new WeakMap<AnyEnvironment, Manifest[]>();

/** Those and the migration Job, which is applied by command in some environments. */
export function manifestsWithMigration(environment: AnyEnvironment): Manifest[] {
  const before = withMigration.get(environment);
  if (before) return before;
  const all = [...manifests(environment), migrationJob(environment).manifest as Manifest];
  withMigration.set(environment, all);
  return all;
}

/** Every pod of an environment, by the kind and name of what makes it. */
export function pods(environment: AnyEnvironment): {
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly pod: PodManifest;
}[] {
  return manifestsWithMigration(environment).flatMap(({ kind, metadata, spec }) => {
    const template = spec?.template ?? spec?.jobTemplate?.spec.template;
    return template?.spec
      ? [
          {
            owner: `${environment.namespace} ${kind}/${metadata.name}`,
            labels: template.metadata.labels,
            annotations: template.metadata.annotations ?? {},
            pod: template.spec,
          },
        ]
      : [];
  });
}

export function containersOf(pod: PodManifest): ContainerManifest[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}
