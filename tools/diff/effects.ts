import { inContext } from '../cluster/cluster.ts';
import { amount } from '../cluster/quantity.ts';
import type { Comparison, Difference, Effect } from './difference.ts';
import { type Change, isAt, pathText } from './fields.ts';
import { restart } from './restarts.ts';
import { lineChanges, show } from './values.ts';

/** What a changed field does. */
interface Rule {
  readonly of: string;
  /** @default every object of the kind */
  readonly workload?: string;
  /** The path; see isAt. */
  readonly at: string;
  readonly does: (difference: Difference, change: Change, comparison: Comparison) => readonly Effect[];
}

const nothing = () => [];
const volumesPage = 'docs/volumes.md';

/** The first rule that fits is taken. A field for which there is none has no effect of its own. */
const rules: readonly Rule[] = [
  {
    of: 'StatefulSet',
    at: 'spec volumeClaimTemplates [*] spec resources requests storage',
    does: ({ name }, { before, after }, comparison) => volumeSize(name, before, after, comparison),
  },
  { of: 'StatefulSet', at: 'spec replicas', does: statefulReplicas },
  { of: 'StatefulSet', at: 'template **', does: restart },
  {
    of: 'StatefulSet',
    at: 'spec persistentVolumeClaimRetentionPolicy **',
    does: ({ name }) => [
      {
        level: 'data',
        text: `it changes whether the claims of ${name} are deleted with it`,
        page: volumesPage,
      },
    ],
  },
  {
    of: 'StatefulSet',
    at: 'spec ordinals|updateStrategy|minReadySeconds|revisionHistoryLimit **',
    does: nothing,
  },
  {
    of: 'StatefulSet',
    at: 'spec **',
    does: ({ name }, { path }) => [
      {
        level: 'refused',
        text: `${pathText(path)} of the StatefulSet ${name}, which Kubernetes never changes`,
        page: `${volumesPage}#fields-that-cannot-be-changed`,
      },
    ],
  },
  { of: 'Deployment', at: 'template **', does: restart },
  { of: 'Deployment', at: 'spec selector **', does: recreate },
  { of: 'Job', at: 'template **', does: recreate },
  { of: 'Job', at: 'spec selector|completions|completionMode **', does: recreate },
  { of: 'RoleBinding', at: 'roleRef **', does: recreate },
  { of: 'Service', at: 'spec clusterIP', does: recreate },
  {
    of: 'Service',
    at: 'spec ports|selector **',
    does: ({ name }) => [
      { level: 'note', text: `the Service ${name} leads new connections there as soon as it is applied` },
    ],
  },
  { of: 'PersistentVolumeClaim', at: 'spec resources requests storage', does: claimSize },
  { of: 'PersistentVolumeClaim', at: 'spec **', does: recreateClaim },
  {
    of: 'PersistentVolume',
    at: 'spec persistentVolumeReclaimPolicy',
    does: ({ name }, { after }) => [
      {
        level: 'data',
        text: `the volume ${name} is then ${after === 'Retain' ? 'kept' : 'deleted'} when its claim is`,
      },
    ],
  },
  { of: 'PersistentVolume', at: 'spec hostPath|nodeAffinity **', does: recreate },
  {
    of: 'ExternalSecret',
    at: 'spec data|secretStoreRef **',
    does: ({ name }) => [
      {
        level: 'note',
        text: `the operator copies the Secret ${name} from there; pods go on with the value that they have until they restart`,
      },
    ],
  },
  { of: 'ConfigMap', at: 'immutable', does: recreate },
  { of: 'ConfigMap', workload: 'postgres-backup', at: 'data *', does: repository },
  {
    of: 'CronJob',
    workload: 'postgres-backup',
    at: 'spec schedule|suspend|timeZone',
    does: ({ name }, { path, before, after }) => [
      {
        level: 'data',
        text: `${name} makes its backups otherwise: ${path.at(-1)} ${show(before)} → ${show(after)}`,
      },
    ],
  },
  {
    of: 'CronJob',
    at: '**',
    does: () => [{ level: 'note', text: 'a CronJob runs so from its next time on' }],
  },
  {
    of: 'NetworkPolicy',
    at: 'spec **',
    does: () => [
      { level: 'note', text: 'new connections follow the policies at once; those that are open stay' },
    ],
  },
];

const protection: Rule = {
  of: 'every kind',
  at: 'metadata annotations argocd.argoproj.io/sync-options',
  does: ({ kind, name }, { before, after }) => [
    { level: 'data', text: `Argo CD treats the ${kind} ${name} otherwise: ${show(before)} → ${show(after)}` },
  ],
};

/** What the changed fields of an object do. */
export function fieldEffects(difference: Difference, comparison: Comparison): Effect[] {
  const { kind, workload, changes } = difference;
  const applying = rules.filter((rule) => rule.of === kind && (rule.workload ?? workload) === workload);
  return changes.flatMap((change) => {
    const rule = [protection, ...applying].find((each) => isAt(change.path, each.at));
    return rule?.does(difference, change, comparison) ?? [];
  });
}

function volumeSize(
  workload: string,
  before: unknown,
  after: unknown,
  { name, context }: Comparison,
): Effect[] {
  const isLarger = (amount(after) ?? 0) > (amount(before) ?? 0);
  return isLarger
    ? [
        {
          level: 'refused',
          text: `the size of the volumes of ${workload}, before npm run grow -- ${name}${inContext(context)} has been run`,
          page: `${volumesPage}#make-volumes-larger`,
        },
        { level: 'data', text: `the volumes of ${workload} get larger, by npm run grow` },
      ]
    : [
        {
          level: 'refused',
          text: `the volumes of ${workload} do not shrink; move the data to others, or take the size back`,
          page: `${volumesPage}#dump-and-restore`,
        },
      ];
}

function statefulReplicas({ name }: Difference, change: Change): Effect[] {
  const [before, after] = [Number(change.before ?? 1), Number(change.after ?? 1)];
  if (after > before)
    return [{ level: 'note', text: `${name} gets ${after - before} more, each with a volume of its own` }];
  const ending = Array.from({ length: before - after }, (_, index) => `${name}-${after + index}`);
  return [
    {
      level: 'data',
      text: `${ending.join(', ')} ${ending.length === 1 ? 'ends; its claim stays' : 'end; their claims stay'}, with the data`,
      page: `${volumesPage}#what-a-claim-survives`,
    },
  ];
}

/** What Kubernetes never changes in place, and what holds no data. */
function recreate({ kind, before, name }: Difference, change: Change, { context }: Comparison): Effect[] {
  const object = `${kind.toLowerCase()}/${before?.metadata.name ?? name}`;
  const where = before?.metadata.namespace === undefined ? '' : ` -n ${before.metadata.namespace}`;
  const ends = kind === 'Deployment' || kind === 'Job' ? '; its pods end with it' : '';
  return [
    {
      level: 'refused',
      text: `${pathText(change.path)} of the ${kind} ${name}, which Kubernetes never changes; delete the ${kind} first (kubectl${inContext(context)} delete${where} ${object})${ends}`,
    },
  ];
}

function claimSize({ name }: Difference, { before, after }: Change): Effect[] {
  const isLarger = (amount(after) ?? 0) > (amount(before) ?? 0);
  return [
    isLarger
      ? {
          level: 'data',
          text: `the volume of ${name} gets larger, if its StorageClass can do that`,
          page: volumesPage,
        }
      : { level: 'refused', text: `the volume of ${name} does not shrink`, page: volumesPage },
  ];
}

function recreateClaim({ name }: Difference, { path }: Change): Effect[] {
  return [
    {
      level: 'refused',
      text: `${pathText(path)} of the claim ${name}, which Kubernetes never changes; the data goes with the claim`,
      page: volumesPage,
    },
  ];
}

/** pgBackRest's settings that say where the backups are, and how long they are kept. */
function repository(_: Difference, change: Change, { name, context }: Comparison): Effect[] {
  return lineChanges(change.before, change.after).flatMap(([before, after]): Effect[] => {
    const [key = ''] = (before ?? after ?? '').split('=');
    const [old, now] = [before, after].map((line) => line?.split('=')[1]);
    if (key === 'repo1-retention-full')
      return [
        {
          level: 'data',
          text: `backups are kept for ${now} days instead of ${old}${Number(now) < Number(old) ? '; the next backup deletes what is older' : ''}`,
          page: 'docs/backups.md',
        },
      ];
    if (/^repo1-(type|path|cipher-type|storage-port|s3-(endpoint|region|bucket))$/.test(key))
      return [
        {
          level: 'data',
          text: `backups go to another place (${key} ${show(old)} → ${show(now)}), and a restore finds only what is there: make a full one at once (npm run backup -- ${name} --kind full${inContext(context)})`,
          page: 'docs/backups.md',
        },
      ];
    return [];
  });
}
