import { setTimeout as delay } from 'node:timers/promises';
import { ExecaError } from 'execa';
import { ports } from '../charts/lib/names.ts';
import { type EnvironmentName, environments } from '../environments/all.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { confirm } from './ask.ts';
import { type Cluster, chooseCluster, execIn, get, type TargetOptions } from './cluster.ts';
import { inMember, type Member, waitForMembers } from './postgres-members.ts';
import { requirePrograms } from './programs.ts';
import { UserError } from './user-error.ts';

/** The workloads that have volumes. */
type Workload = 'postgres' | 'elasticsearch';

export interface Claim {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly storageClassName?: string;
    readonly resources: { readonly requests: { readonly storage: string } };
  };
  readonly status?: {
    readonly capacity?: { readonly storage: string };
    readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
  };
}

interface StorageClass {
  readonly allowVolumeExpansion?: boolean;
}

interface ClaimTemplate {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}

interface StatefulSet {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly volumeClaimTemplates: readonly ClaimTemplate[] };
}

interface PresentPod {
  readonly metadata: { readonly uid: string };
}

/** What is to be done to the volumes of a workload; see {@link growthOf}. */
export interface Growth {
  readonly workload: Workload;
  readonly to: string;
  /** Claims that ask for less. */
  readonly small: readonly Claim[];
  /** `expand`: the StorageClass makes volumes larger. `replace`: members get new ones and copy the data. */
  readonly how: 'nothing' | 'expand' | 'replace';
}

export interface GrowOptions extends TargetOptions {
  /** How long one member may take to be in step again, in seconds. */
  readonly timeout: number;
}

/**
 * `npm run grow -- ENVIRONMENT`: makes the volumes of a deployed environment as large as its file says.
 *
 * @throws UserError when a volume is larger than that, when it cannot be done here, or when a member does not come back
 */
export async function growCommand(name: EnvironmentName, options: GrowOptions): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This makes volumes of ${name} larger`, options);
  await grow(cluster, environments[name], options);
}

/** The command itself, on a cluster that was chosen. */
export async function grow(
  cluster: Cluster,
  environment: AnyEnvironment,
  options: Pick<GrowOptions, 'timeout' | 'yes'>,
): Promise<void> {
  const { namespace } = environment;
  const plans: Growth[] = [];
  for (const workload of ['postgres', 'elasticsearch'] as const) {
    plans.push(await plan(cluster, environment, workload));
  }
  const todo = plans.filter(({ how }) => how !== 'nothing');
  for (const { workload, to } of plans.filter(({ how }) => how === 'nothing'))
    console.log(`${workload}: every volume asks for ${to} already`);
  if (todo.length === 0) return;
  await confirm(todo.map((growth) => statement(namespace, growth)).join('\n'), options.yes);
  for (const growth of todo) {
    await renewStatefulSet(cluster, namespace, growth);
    if (growth.how === 'expand') await expand(cluster, namespace, growth, options.timeout);
    else if (growth.workload === 'postgres')
      await replaceMembers(cluster, environment, growth, options.timeout);
    else await replaceNodes(cluster, environment, growth, options.timeout);
    console.log(`${growth.workload}: every volume has ${growth.to}`);
  }
}

async function plan(cluster: Cluster, environment: AnyEnvironment, workload: Workload): Promise<Growth> {
  const { namespace } = environment;
  const claims = await get<{ items: Claim[] }>(cluster, [
    'persistentvolumeclaims',
    '--namespace',
    namespace,
    '--selector',
    `app.kubernetes.io/name=${workload},app.kubernetes.io/instance=${namespace}`,
  ]);
  const items = (claims?.items ?? []).filter(({ metadata }) => metadata.name.startsWith(`data-${workload}-`));
  if (items.length === 0)
    throw new UserError(
      `${namespace} has no volumes of ${workload} in "${cluster.context}": is it deployed there?`,
    );
  const className = items[0]?.spec.storageClassName;
  const storageClass = className ? await get<StorageClass>(cluster, ['storageclass', className]) : undefined;
  const members = workload === 'postgres' ? environment.postgres.members : environment.elasticsearch.nodes;
  return growthOf(
    workload,
    environment[workload].storageGibibytes,
    items,
    storageClass?.allowVolumeExpansion ?? false,
    members,
  );
}

/**
 * How the claims of a workload come to the size that is wanted.
 *
 * @throws UserError when one is larger already, or when neither way is open
 */
export function growthOf(
  workload: Workload,
  storageGibibytes: number,
  claims: readonly Claim[],
  canExpand: boolean,
  members: number,
): Growth {
  const to = `${storageGibibytes}Gi`;
  const wanted = bytes(to);
  const larger = claims.find(({ spec }) => bytes(spec.resources.requests.storage) > wanted);
  if (larger)
    throw new UserError(
      `${larger.metadata.name} asks for ${larger.spec.resources.requests.storage}, more than the ${to} of the environment: ` +
        'volumes do not shrink; put the larger size into its file',
    );
  const small = claims.filter(({ spec }) => bytes(spec.resources.requests.storage) < wanted);
  if (small.length === 0) return { workload, to, small, how: 'nothing' };
  if (canExpand) return { workload, to, small, how: 'expand' };
  if (members === 1)
    throw new UserError(
      `the StorageClass of ${small[0]?.metadata.name} cannot make it larger (allowVolumeExpansion), and there is no other ` +
        'member to copy the data from; see docs/volumes.md, "One member"',
    );
  return { workload, to, small, how: 'replace' };
}

function statement(namespace: string, { workload, to, small, how }: Growth): string {
  const names = small
    .map(({ metadata, spec }) => `${metadata.name} (${spec.resources.requests.storage})`)
    .join(', ');
  return how === 'expand'
    ? `${workload} in ${namespace}: its StorageClass makes ${names} larger, to ${to}; the data stays.`
    : `${workload} in ${namespace}: its StorageClass cannot make volumes larger, so the members get new ones of ${to}, one ` +
        `after the other: the claim is DELETED, and the member copies the data from the others. Deleted are: ${names}. ` +
        `Meanwhile there is one copy less${workload === 'postgres' ? '; writes stop for seconds, once, when another member takes over' : ''}.`;
}

/** Puts the size into the claim template, which Kubernetes cannot change: the pods stay, and the new object adopts them. */
async function renewStatefulSet(
  cluster: Cluster,
  namespace: string,
  { workload, to }: Growth,
): Promise<void> {
  const where = [`statefulset/${workload}`, '--namespace', namespace];
  const present = await get<StatefulSet>(cluster, where);
  // Absent: somebody interrupted this command, or deleted it; an apply makes it anew.
  if (!present)
    throw new UserError(`there is no StatefulSet ${workload} in ${namespace}: apply its manifest first`);
  const isOfSize = ({ spec }: ClaimTemplate) => spec.resources.requests.storage === to;
  if (present.spec.volumeClaimTemplates.every(isOfSize)) return;
  const renewed = {
    apiVersion: present.apiVersion,
    kind: present.kind,
    metadata: {
      name: workload,
      namespace,
      labels: present.metadata.labels,
      annotations: present.metadata.annotations,
    },
    spec: {
      ...present.spec,
      volumeClaimTemplates: present.spec.volumeClaimTemplates.map((template) => ({
        ...template,
        spec: { ...template.spec, resources: { requests: { storage: to } } },
      })),
    },
  };
  // What would be refused is refused now, while the old one is still there.
  await cluster.kubectl(['create', '--dry-run=server', '--filename', '-'], {
    input: JSON.stringify({ ...renewed, metadata: { ...renewed.metadata, name: `${workload}-grow` } }),
  });
  await cluster.kubectl(['delete', ...where, '--cascade=orphan']);
  await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify(renewed) });
  console.log(`${workload}: new members get ${to} from now on`);
}

async function expand(
  cluster: Cluster,
  namespace: string,
  { small, to }: Growth,
  timeoutSeconds: number,
): Promise<void> {
  const patch = JSON.stringify({ spec: { resources: { requests: { storage: to } } } });
  for (const { metadata } of small) {
    const claim = [`persistentvolumeclaim/${metadata.name}`, '--namespace', namespace];
    await cluster.kubectl(['patch', ...claim, '--patch', patch]);
    await until(`${metadata.name} to have ${to}`, timeoutSeconds, async () => {
      const present = await get<Claim>(cluster, claim);
      const now = present?.status?.capacity?.storage ?? '0';
      if (bytes(now) >= bytes(to)) return true;
      const [condition] = present?.status?.conditions ?? [];
      return `it has ${now}${condition ? `; ${condition.type} ${condition.message ?? ''}` : ''}`;
    });
    console.log(`${metadata.name} has ${to}`);
  }
}

/** Replicas first, the primary last, after another member has taken over. */
async function replaceMembers(
  cluster: Cluster,
  environment: AnyEnvironment,
  { small }: Growth,
  timeoutSeconds: number,
): Promise<void> {
  const { namespace } = environment;
  const count = environment.postgres.members;
  const isSmall = ({ name }: Member) => small.some(({ metadata }) => metadata.name === `data-${name}`);
  const inStep = () => waitForMembers(cluster, namespace, count, timeoutSeconds);
  const before = await inStep();
  for (const replica of before.filter((member) => !member.isPrimary && isSmall(member))) {
    await replaceMember(cluster, namespace, replica.name, timeoutSeconds);
    await inStep();
  }
  const primary = before.find(({ isPrimary }) => isPrimary);
  if (!primary || !isSmall(primary)) return;
  await inMember(cluster, namespace, primary.name, ['patronictl', 'switchover', '--force']);
  const after = await inStep();
  if (after.some(({ name, isPrimary }) => isPrimary && name === primary.name))
    throw new UserError(`${primary.name} is still the primary, so its volume stays; run this again`);
  await replaceMember(cluster, namespace, primary.name, timeoutSeconds);
  await inStep();
}

/** One node of Elasticsearch after the other, each only while every shard has a copy elsewhere. */
async function replaceNodes(
  cluster: Cluster,
  environment: AnyEnvironment,
  { small }: Growth,
  timeoutSeconds: number,
): Promise<void> {
  const { namespace } = environment;
  const { nodes } = environment.elasticsearch;
  const names = small.map(({ metadata }) => metadata.name.replace(/^data-/, ''));
  for (const node of names) {
    await waitUntilGreen(cluster, namespace, nodes, timeoutSeconds);
    await replaceMember(cluster, namespace, node, timeoutSeconds);
    await waitUntilGreen(cluster, namespace, nodes, timeoutSeconds);
  }
}

/** Asks the node of ordinal 0, or the next one while that is away. */
async function waitUntilGreen(
  cluster: Cluster,
  namespace: string,
  nodes: number,
  timeoutSeconds: number,
): Promise<void> {
  const url = `https://localhost:${ports.elasticsearch}/_cluster/health`;
  const curl = ['curl', '--silent', '--show-error', '--max-time', '20', '--config', 'config/monitor.curl'];
  const command = [...curl, '--cacert', 'config/tls/ca.crt', url];
  const health = (index: number) =>
    execIn(cluster, { namespace, of: `elasticsearch-${index}`, container: 'elasticsearch' }, command);
  await until(`${nodes} nodes of elasticsearch, and green`, timeoutSeconds, async () => {
    let answer = '';
    for (let index = 0; index < nodes; index += 1) {
      try {
        answer = await health(index);
        if (answer.includes('"status":"green"') && answer.includes(`"number_of_nodes":${nodes},`))
          return true;
      } catch (error) {
        // A node that starts or is on its way out; the next one may know.
        if (!(error instanceof ExecaError)) throw error;
        answer = error.shortMessage;
      }
    }
    return answer;
  });
}

/** Gives a member an empty volume of the new size; it fills it by itself from the others. */
async function replaceMember(
  cluster: Cluster,
  namespace: string,
  pod: string,
  timeoutSeconds: number,
): Promise<void> {
  const claim = [`persistentvolumeclaim/data-${pod}`, '--namespace', namespace];
  const podOf = [`pod/${pod}`, '--namespace', namespace];
  const oldClaim = await get<Claim>(cluster, claim);
  const oldPod = await get<PresentPod>(cluster, podOf);
  console.log(`${pod}: gets a new volume`);
  // The claim goes when the pod that uses it has gone.
  await cluster.kubectl(['delete', ...claim, '--wait=false']);
  await cluster.kubectl(['delete', ...podOf, '--wait=false']);
  await until(`${pod} to start on a new volume`, timeoutSeconds, async () => {
    const newClaim = await get<Claim>(cluster, claim);
    const newPod = await get<PresentPod>(cluster, podOf);
    if (!newClaim || newClaim.metadata.uid === oldClaim?.metadata.uid) return 'the old claim is still there';
    if (!newPod || newPod.metadata.uid === oldPod?.metadata.uid) return 'the old pod is still there';
    return true;
  });
}

/** Waits for `true`; what else it gives says why not yet. */
async function until(
  what: string,
  timeoutSeconds: number,
  condition: () => Promise<true | string>,
): Promise<void> {
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const answer = await condition();
    if (answer === true) return;
    if (Date.now() > end) throw new UserError(`waited ${timeoutSeconds} s for ${what}: ${answer}`);
    await delay(1000);
  }
}

const units: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** @throws Error for a quantity that no claim of these environments has */
function bytes(quantity: string): number {
  const [, number, unit = ''] = /^(\d+)(Ki|Mi|Gi|Ti)?$/.exec(quantity) ?? [];
  if (number === undefined) throw new Error(`a volume of "${quantity}" is not understood`);
  return Number(number) * (units[unit] ?? 1);
}
