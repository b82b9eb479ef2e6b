import { readFileSync } from 'node:fs';
import { ciliumPolicy } from '../../../charts/cilium.ts';
import { toMedia } from '../../../charts/lib/media.ts';
import { toDns, toKubernetesApi, toObjectStore } from '../../../charts/lib/outside.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { unpinnedImages } from '../../../environments/images.ts';
import { bucketOf } from '../../../environments/media.ts';
import { describe } from '../../cluster/pods.ts';
import { UserError } from '../../terminal/user-error.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Check, Patient } from '../patient.ts';
import { becomes, type Try } from './attempt.ts';
import type { Probe, ProbeObject, ProbePod } from './probe.ts';
import { kubernetesApi, names, objectStore } from './ways-out.ts';

/** The server accepts connections at both; a policy then refuses the first one. */
const ports = { closed: 8080, open: 8081 } as const;

const script = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/** What came of two pods that connect to each other. */
interface Trial {
  /** Why they could not connect before there was any policy. */
  readonly unconnected?: string;
  /** Whether a policy closes what the server receives, and what the client opens. */
  readonly isClosed: { readonly incoming: boolean; readonly outgoing: boolean };
  /** Tries something from the client, to which the policies of the environment then apply. */
  readonly attempt: Try;
}

/**
 * The checks that connect: two pods to each other, without and with policies, and one of them to what is outside of the
 * environment, as far as the environment's policies allow.
 */
export function networkChecks(environment: AnyEnvironment, probe: Probe): Check[] {
  let trial: Promise<Trial> | undefined;
  const tried = (patient: Patient) => {
    trial ??= tryPolicies(patient, probe);
    return trial;
  };
  const { backups } = environment;
  const bucket = bucketOf(environment);
  return [
    { title: 'NetworkPolicies', look: async (patient) => policies(await tried(patient)) },
    { title: 'pod → cluster DNS', look: async (patient) => names((await tried(patient)).attempt, patient) },
    {
      title: 'pod → Kubernetes API',
      look: async (patient) => kubernetesApi((await tried(patient)).attempt, patient),
    },
    ...(backups
      ? [
          {
            title: 'pod → object store',
            look: async (patient: Patient) =>
              objectStore((await tried(patient)).attempt, patient, backups.objectStore, {
                without: 'no backup is made',
                place: `environments/${patient.name}.ts, backups.objectStore`,
              }),
          },
        ]
      : []),
    ...(bucket
      ? [
          {
            title: 'pod → uploads',
            look: async (patient: Patient) =>
              objectStore((await tried(patient)).attempt, patient, bucket, {
                without: 'nobody uploads a file',
                place: `environments/application.ts, media.bucket.${environment.kind}`,
              }),
          },
        ]
      : []),
  ];
}

/** Lets two pods connect, first without a policy, then with one at the server, then also with one at the client. */
async function tryPolicies(patient: Patient, probe: Probe): Promise<Trial> {
  const address = await startPods(patient, probe);
  const attempt: Try = (arguments_, input) =>
    probe.run('client', ['python3', '-c', script('connect.py'), ...arguments_], input);
  const connect = (port: number) => attempt(['connect', address, `${port}`]);
  const isOpen = async (port: number) => (await connect(port)) === 'open';

  if (!(await becomes(async () => (await isOpen(ports.closed)) && (await isOpen(ports.open)))))
    return {
      attempt,
      unconnected: await connect(ports.open),
      isClosed: { incoming: false, outgoing: false },
    };
  await probe.apply([policy('server', { ingress: [{ ports: [{ port: ports.open }] }] })]);
  // The other port shows that it is the policy that closes this one.
  const incoming = await becomes(async () => !(await isOpen(ports.closed)) && (await isOpen(ports.open)));
  await probe.apply(clientPolicies(patient.environment));
  const outgoing = await becomes(async () => !(await isOpen(ports.open)));
  return { attempt, isClosed: { incoming, outgoing } };
}

/**
 * Starts both pods. Their image is Postgres', which every environment has, and which has Python and the certificate
 * authorities that Debian trusts.
 *
 * @returns the server's address
 */
async function startPods(
  { cluster, environment: { images, application } }: Patient,
  probe: Probe,
): Promise<string> {
  const image = images.postgres;
  if (unpinnedImages(images, application).includes('postgres'))
    throw new UserError('the image of Postgres, with which it is tried, is not pinned');
  const pods: readonly ProbePod[] = [
    {
      name: 'server',
      image,
      env: [{ name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
      command: ['python3', '-c', script('serve.py'), '$(ADDRESS)', `${ports.closed}`, `${ports.open}`],
    },
    {
      name: 'client',
      image,
      // A server that does not answer is given up after two seconds.
      env: [{ name: 'RES_OPTIONS', value: 'timeout:2 attempts:1' }],
      command: ['sleep', 'infinity'],
    },
  ];
  const started = await Promise.all(pods.map((pod) => probe.start(pod)));
  for (const pod of started)
    if (!pod.status?.containerStatuses?.[0]?.state?.running)
      throw new UserError(`a pod with which it is tried does not run: ${describe(pod, cluster.context)}`);
  return `${started[0]?.status?.podIP}`;
}

function policies({ unconnected, isClosed }: Trial): Finding {
  if (unconnected !== undefined)
    return bad(
      `two pods do not reach each other, though no policy is there: ${unconnected}`,
      'ask who runs the cluster: its network does not work, or policies of the whole cluster refuse connections',
    );
  const { incoming, outgoing } = isClosed;
  if (incoming && outgoing) return good('they are enforced for what a pod receives, and for what it opens');
  const what =
    incoming || outgoing ? (incoming ? 'for what a pod opens' : 'for what a pod receives') : 'at all';
  return bad(
    `they are not enforced ${what}: whoever is in the cluster reaches Postgres and Elasticsearch`,
    'ask who runs the cluster for a network plugin that enforces NetworkPolicies, such as Calico or Cilium',
  );
}

/** A policy of one of the pods that allows only this. */
function policy(
  pod: string,
  rules: { readonly ingress?: object[]; readonly egress?: object[] },
): ProbeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: pod },
    spec: {
      podSelector: { matchLabels: labelsOf(pod) },
      policyTypes: [...(rules.ingress ? ['Ingress'] : []), ...(rules.egress ? ['Egress'] : [])],
      ...rules,
    },
  };
}

/** The policies of the client: what the environment's let out of it. */
function clientPolicies(environment: AnyEnvironment): ProbeObject[] {
  const why = 'it is tried';
  const ways = [
    ...toDns(environment),
    toKubernetesApi(environment, why),
    ...(environment.backups ? [toObjectStore(environment.backups, why)] : []),
    ...toMedia(environment),
  ];
  const name = 'client';
  const egress = ways.flatMap(({ to, port, protocol = 'TCP' }) =>
    'peers' in to ? [{ to: to.peers, ports: [{ port, protocol }] }] : [],
  );
  const byEntity = ways.flatMap(({ to, port, protocol }) =>
    'entity' in to
      ? [
          {
            ...ciliumPolicy({}, labelsOf(name), [{ entity: to.entity, port, protocol: protocol ?? 'TCP' }]),
            metadata: { name },
          },
        ]
      : [],
  );
  return [policy(name, { egress }), ...byEntity];
}

/** Labels that find a pod. */
function labelsOf(pod: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': pod };
}
