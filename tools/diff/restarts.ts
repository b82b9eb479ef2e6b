import { inContext } from '../cluster/cluster.ts';
import type { Comparison, Difference, Effect } from './difference.ts';
import { type Change, isAt } from './fields.ts';
import { type AnyObject, at, listIn, podOf } from './objects.ts';

/** What a restart of pods that keep data means for those who use them, with one pod and with several. */
const stateful: Readonly<Record<string, { readonly one: string; readonly several: string }>> = {
  postgres: {
    one: 'its only member: the site has no database until it is ready again',
    several: 'one member after the other; writes wait for some 3 s when another member takes over',
  },
  elasticsearch: {
    one: 'its only node: search is unavailable until it is ready again',
    several: 'one node after the other, each when every shard has another copy; search goes on',
  },
};

const anyOther = {
  one: 'its only pod: what it does is unavailable until it is ready again',
  several: 'one pod after the other',
};

/** What a change of the template of pods does: Kubernetes replaces each pod. */
export function restart(difference: Difference, _: Change, comparison: Comparison): Effect[] {
  const { kind, name, before, after } = difference;
  if (kind === 'StatefulSet') {
    const [old, now] = [before, after].map((object) =>
      Number(object && (at(object, 'spec', 'replicas') ?? 1)),
    );
    if (name === 'elasticsearch' && old === 1 && now !== 1) return [fromOneNode(comparison)];
    const { one, several } = stateful[name] ?? anyOther;
    return [{ level: 'restarts', text: `${name}, ${old === 1 || now === 1 ? one : several}` }];
  }
  const how =
    after && at(after, 'spec', 'strategy', 'type') === 'Recreate'
      ? 'the old pods end before the new ones start, so there is none meanwhile'
      : 'each old pod serves until a new one is ready';
  return [{ level: 'restarts', text: `${name}: ${[how, ...gate(difference, comparison)].join('; ')}` }];
}

/** One node does not let others form a cluster beside it. */
function fromOneNode({ environment, context }: Comparison): Effect {
  return {
    level: 'restarts',
    text: `elasticsearch only when you delete its first pod (kubectl${inContext(context)} delete pod -n ${environment.namespace} elasticsearch-0): the new nodes wait for that`,
    page: 'docs/elasticsearch.md#when-a-node-is-lost',
  };
}

/** New pods of the application wait in an init container until the database is that of their version. */
function gate({ after, changes }: Difference, { name, environment, context }: Comparison): string[] {
  const isGated = listIn(after && at(podOf(after), 'initContainers')).some(
    (container) => at(container, 'name') === 'wait-for-migrations',
  );
  const isAnotherVersion = changes.some(({ path }) =>
    isAt(path, 'template spec containers|initContainers [*] image'),
  );
  if (!isGated || !isAnotherVersion) return [];
  return environment.migrations === 'job'
    ? ['if a migration is pending, the new ones wait for the Job migrate']
    : [`if a migration is pending, the new ones wait for npm run migrate -- ${name}${inContext(context)}`];
}

/** What a changed ConfigMap does to the pods that mount it, beside what their own templates say. */
export function filesChanged(difference: Difference, comparison: Comparison): Effect[] {
  const { kind, name, state } = difference;
  if (kind !== 'ConfigMap' || state !== 'changed') return [];
  const readers = comparison.after.filter((object) => mounts(object, name));
  const staying = readers.filter(({ kind, metadata }) => {
    const changes = comparison.differences.find(
      (each) => each.kind === kind && each.name === metadata.name,
    )?.changes;
    const isRestarted = changes?.some(({ path }) => path[0] === 'template') ?? false;
    return (kind === 'Deployment' || kind === 'StatefulSet') && !isRestarted;
  });
  const { environment, context } = comparison;
  const effects = staying.map((object): Effect => {
    const what = `${object.kind.toLowerCase()}/${object.metadata.name}`;
    return {
      level: 'note',
      text: `the pods of ${what} go on, and see the new files of the ConfigMap ${name} within two minutes; a program that reads them only when it starts needs kubectl${inContext(context)} rollout restart -n ${environment.namespace} ${what}`,
    };
  });
  const cronJobs = readers.filter(({ kind }) => kind === 'CronJob').map(({ metadata }) => metadata.name);
  return cronJobs.length === 0
    ? effects
    : [
        ...effects,
        { level: 'note', text: `${cronJobs.join(', ')} read the ConfigMap ${name} anew each time` },
      ];
}

function mounts(object: AnyObject, configMap: string): boolean {
  return listIn(at(podOf(object), 'volumes')).some((volume) => at(volume, 'configMap', 'name') === configMap);
}
