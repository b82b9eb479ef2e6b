import { credentials, providedCredentials } from '../../environments/credentials.ts';
import { inContext } from '../cluster/cluster.ts';
import { howToProvide } from '../credentials/messages.ts';
import type { Comparison, Difference, Effect } from './difference.ts';
import { type AnyObject, at, listIn, podOf } from './objects.ts';
import { secretKeys } from './values.ts';

/** What the Jobs of the charts do when they run. */
const jobs: Readonly<Record<string, string>> = {
  migrate: 'it migrates the database, then makes the search index equal to it',
  'create-credentials': 'it makes each missing password, and leaves the others alone',
  certificates: 'it makes missing certificates, and renews those that end soon',
  'postgres-backup': 'it makes a full backup if there is none',
  'sample-data': 'it loads the sample projects into an empty database',
};

/** What it does that an object is new, is gone, or is a Job with another content. */
export function objectEffects(difference: Difference, comparison: Comparison): Effect[] {
  const { state, kind, name, refusal } = difference;
  const refused: Effect[] =
    refusal === undefined
      ? []
      : [{ level: 'refused', text: `the API server says of the ${kind} ${name}: ${refusal}` }];
  const effects = state === 'removed' ? loss(difference) : state === 'changed' ? [] : added(difference);
  return [...refused, ...effects, ...missingSecrets(difference, comparison)];
}

function added({ state, kind, name, before }: Difference): Effect[] {
  if (kind === 'Job') {
    const what = jobs[name] === undefined ? '' : `: ${jobs[name]}`;
    return [{ level: 'runs', text: `the Job ${name}${state === 'again' ? ' again' : ''}${what}` }];
  }
  const isController = kind === 'Deployment' || kind === 'StatefulSet';
  return isController && !before ? [{ level: 'runs', text: `the pods of ${name}, for the first time` }] : [];
}

/** Where the removed objects of a workload stay, and where they do not. */
export function removal(differences: readonly Difference[], { environment, context }: Comparison): Effect[] {
  const objects = differences.flatMap(({ state, before }) => (state === 'removed' && before ? [before] : []));
  if (objects.length === 0) return [];
  const where = objects.some(({ metadata }) => metadata.namespace !== undefined)
    ? ` -n ${environment.namespace}`
    : '';
  const names = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`).join(' ');
  const isKept = objects.some(({ metadata }) =>
    metadata.annotations?.['argocd.argoproj.io/sync-options']?.includes('Prune=false'),
  );
  const argoCd = isKept
    ? 'Argo CD keeps what is annotated Prune=false, and prunes the rest'
    : 'Argo CD prunes it';
  return [
    {
      level: 'note',
      text: `kubectl apply leaves what is removed in the cluster, until kubectl${inContext(context)} delete${where} ${names}; ${argoCd}`,
    },
  ];
}

/** What ends with an object that is removed from the cluster, if that concerns data. */
function loss({ kind, name, workload }: Difference): Effect[] {
  const lost = {
    StatefulSet: `once the StatefulSet ${name} is deleted, its pods end; its claims and their data stay`,
    Namespace: `with the namespace ${name} go its Secrets, and its claims with their data`,
    PersistentVolumeClaim: `with the claim ${name} goes its volume, unless that has the reclaim policy Retain`,
    CronJob:
      workload === 'postgres-backup' && `once the CronJob ${name} is deleted, it makes no more backups`,
  }[kind];
  return lost ? [{ level: 'data', text: lost, page: 'docs/volumes.md' }] : [];
}

/** Secrets that pods need, and that nothing needed before. */
function missingSecrets({ kind, name, after }: Difference, comparison: Comparison): Effect[] {
  const known = new Set(comparison.before.flatMap(secretsOf));
  if (known.size === 0) return [];
  return secretsOf(after)
    .filter((secret) => !known.has(secret))
    .map((secret) => ({
      level: 'waits',
      text: `the ${kind} ${name} until the Secret ${secret} exists: ${origin(secret, comparison)}`,
    }));
}

/** The keys of Secrets that the pods of an object read, as `SECRET/KEY`. */
function secretsOf(object: AnyObject | undefined): string[] {
  const pod = object && podOf(object);
  const containers = [...listIn(at(pod, 'initContainers')), ...listIn(at(pod, 'containers'))];
  const variables = containers.flatMap((each) => [
    ...listIn(at(each, 'env')),
    ...listIn(at(each, 'envFrom')),
  ]);
  return [...new Set([...listIn(at(pod, 'volumes')), ...variables].flatMap(secretKeys))];
}

/** Who makes the Secret. */
function origin(secret: string, { name, environment, context }: Comparison): string {
  const entry = Object.entries(credentials).find(([, each]) => `${each.secret}/${each.key}` === secret);
  if (entry === undefined) return 'nothing here makes it, unless a Job does';
  return providedCredentials(environment).some((each) => each === entry[0])
    ? `make it first: ${howToProvide(name, environment, context)}`
    : 'the Job create-credentials makes it';
}
