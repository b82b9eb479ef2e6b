import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { k8s } from 'cdk8s-plus-27';
import { hardenedPod } from '../../../charts/lib/hardened-pod.ts';
import { network } from '../../../charts/network.ts';
import { appIn, appOf } from '../../../charts/synthesize.ts';
import { environments } from '../../../environments/all.ts';
import type { LocalEnvironment } from '../../../environments/environment.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { readManifests, workloadsAmong } from '../../../tools/cluster/manifests.ts';
import { waitUntilReady } from '../../../tools/cluster/wait.ts';
import { examine } from '../../../tools/commands/doctor.ts';
import { compare } from '../../../tools/diff/compare.ts';
import { liveManifests } from '../../../tools/diff/live.ts';
import { localEnvironment } from '../../../tools/local/environments.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, exec, isPage, kubectl, local, npmSucceeds, page, tryKubectl } from '../cluster.ts';
import { imageOf } from '../local.ts';
import { changeClasses, moveDns, otherClasses, otherDns, volumesOf } from '../other-cluster.ts';

/**
 * An environment on a cluster that differs from kind in what the local cluster can imitate: names are answered in another
 * namespace, on another port and for another domain, no StorageClass is the default, and the namespace is somebody else's,
 * with a quota that demands limits of processor time. The processes run as a user that the images do not know.
 */
const name = 'coped-elsewhere';
const userId = 1000650000;
const domain = 'corp.internal';
const port = 1339;
const inNamespace = ['--namespace', name];

/** Who has rights in the namespace only. */
const person = 'jane';
const asPerson: Cluster = {
  context: local.context,
  kubectl: (arguments_, options) => local.kubectl(['--as', person, ...arguments_], options),
};

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
let environment: LocalEnvironment;
const putBacks: (() => Promise<void>)[] = [];

beforeAll(async () => {
  await bringUp('staging');
  // Its images stay, and its processor time is needed.
  await npmSucceeds('down', '--', 'staging');
  environment = {
    ...localEnvironment(environments.staging, (image) => imageOf('staging', image), undefined),
    namespace: name,
    address: { kind: 'local', port, nodePort: 31339 },
    cluster: {
      dns: otherDns,
      domain,
      storageClasses: otherClasses,
      cpuLimitMillicores: 1500,
      userId,
      createsNamespace: false,
    },
  } as LocalEnvironment;
  appOf(environment, folder).synth();
  await makeNamespace();
  for (const change of [changeClasses, () => moveDns(domain)]) putBacks.push(await change());
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await kubectl('delete', 'namespace', name, '--ignore-not-found', '--timeout', '300s');
  for (const putBack of putBacks.toReversed()) await putBack();
});

test('a person whose rights end at the namespace applies all of it', async () => {
  expect(await asPerson.kubectl(['apply', '--filename', folder])).toContain(
    'statefulset.apps/postgres created',
  );
});

test('it gets ready, and serves its pages', async () => {
  const patience = { timeoutSeconds: 900, endsAtGate: false, report: () => {} };
  await waitUntilReady(local, name, workloadsAmong(readManifests(folder)), patience);
  await eventually('a page', 120, async () => isPage(await page(`http://localhost:${port}`)));
});

test('without a limit no pod would have been made', async () => {
  const size = { cpuMillicores: 10, memoryMebibytes: 32 };
  const spec = hardenedPod(
    { workload: { name: 'default' }, environment: {} },
    { containers: [{ name: 'unlimited', image: 'none', size }] },
  );
  const pod = k8s.KubePod.manifest({ metadata: { name: 'unlimited', namespace: name }, spec });
  const { output } = await tryKubectl(['create', '--dry-run=server', '--filename', '-'], JSON.stringify(pod));
  expect(output).toMatch(/must specify limits.cpu/);
});

test('each process runs as the user of the cluster, who is postgres in Postgres', async () => {
  const pods = ['postgres-0', 'elasticsearch-0', 'deployment/web', 'deployment/nginx'];
  const ids = await Promise.all(
    pods.map((of) => exec({ namespace: name, of, container: containerOf(of) }, 'id', '-u')),
  );
  expect(ids.map(({ output }) => output)).toEqual(pods.map(() => `${userId}`));
  const { output } = await exec(
    { namespace: name, of: 'postgres-0', container: 'postgres' },
    'psql',
    '-Atc',
    'SELECT current_user',
  );
  expect(output).toBe('postgres');
});

test('what is kept is on volumes of the class for it', async () => {
  const claims = (await volumesOf(otherClasses.data)).map(([, claim]) => claim).sort();
  expect(claims).toEqual(['data-elasticsearch-0', 'data-postgres-0', 'data-postgres-1']);
});

test('what is scratch leaves no volume behind, which the class of what is kept would', async () => {
  const left = async (className: string) => {
    await apply(scratchPod(className));
    const pod = [`pod/scratch-${className}`, ...inNamespace];
    await kubectl('wait', ...pod, '--for', 'jsonpath={.status.phase}=Succeeded', '--timeout', '120s');
    await kubectl('delete', ...pod);
    const isGone = async () => !JSON.stringify(await volumesOf(className)).includes('scratch');
    return eventually(`the end of the volume of ${className}`, 60, isGone).then(
      () => 'nothing',
      () => 'a volume',
    );
  };
  expect([await left(otherClasses.scratch), await left(otherClasses.data)]).toEqual(['nothing', 'a volume']);
});

test('names are found where the cluster answers to them, and not with the policies of kind', async () => {
  const finds = async () => {
    const ask = "import socket; socket.getaddrinfo('postgres', 5432)";
    return (
      await exec(
        { namespace: name, of: 'deployment/web', container: 'web' },
        'timeout',
        '5',
        'python',
        '-c',
        ask,
      )
    ).exitCode;
  };
  expect(await finds()).toBe(0);
  try {
    await applyPolicies({ ...environment, cluster: undefined });
    await eventually('no answer', 60, async () => (await finds()) !== 0);
  } finally {
    await applyPolicies(environment);
  }
  await eventually('an answer', 60, async () => (await finds()) === 0);
});

test('a data service is found by its name in the domain, and its certificate has that name', async () => {
  const program = [
    'import os, socket, ssl, sys',
    "context = ssl.create_default_context(cafile=os.environ['ELASTIC_CA_FILE'])",
    'with socket.create_connection((sys.argv[1], 9200), timeout=10) as connection:',
    '    context.wrap_socket(connection, server_hostname=sys.argv[1])',
  ].join('\n');
  const connects = async (to: string) => {
    const place = { namespace: name, of: 'deployment/web', container: 'web' };
    const { exitCode, output } = await exec(
      place,
      'python',
      '-c',
      program,
      `elasticsearch.${name}.svc.${to}`,
    );
    return exitCode === 0 ? 'connected' : output;
  };
  expect(await connects(domain)).toBe('connected');
  expect(await connects('cluster.local')).toMatch(/certificate is not valid for/);
});

test('the person sees what differs, and the doctor says what the person cannot see', async () => {
  const after = readManifests(folder);
  const { refusals, ...both } = await liveManifests(asPerson, name, after);
  expect(compare({ name: 'staging', environment, ...both }, refusals)).toEqual([]);
  const found: string[] = [];
  const patient = { cluster: asPerson, environment, name: 'staging', now: new Date() } as const;
  await examine(patient, (title, { level, detail }) => found.push(`${level} ${title}: ${detail}`));
  console.log(found.join('\n'));
  expect(found.filter((line) => line.startsWith('bad '))).toEqual([]);
});

/** The container of a pod that is its server: the one of the workload's name. */
function containerOf(of: string): string {
  return of.replace(/^deployment\/|-\d$/g, '');
}

/** The namespace as somebody else makes it, with a quota, and the rights of the person in it. */
async function makeNamespace(): Promise<void> {
  await apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'team', namespace: name },
      spec: { hard: { 'limits.cpu': '30' } },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: person, namespace: name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: person }],
    },
  );
}

/** A pod that writes into such a volume as that of a restore test. */
function scratchPod(className: string): object {
  const pod = `scratch-${className}`;
  const claim = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: className,
    resources: { requests: { storage: '1Gi' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace: name },
    spec: {
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: userId, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'scratch',
          image: imageOf('staging', 'credentials'),
          command: ['touch', '/data/file'],
          resources: { limits: { cpu: '100m' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec: claim } } }],
    },
  };
}

/** Applies the policies that an environment has. */
async function applyPolicies(of: LocalEnvironment): Promise<void> {
  const app = appIn('');
  network(app, of);
  await apply(...app.charts.flatMap((chart) => chart.toJson() as object[]));
}
