import { credentials } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { imagesBy } from '../../environments/images.ts';
import { production } from '../../environments/production.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { examineOnly } from '../../tools/commands/doctor.ts';
import { checksBefore } from '../../tools/doctor/before/checks.ts';
import { openProbe, type Probe } from '../../tools/doctor/before/probe.ts';
import type { Finding } from '../../tools/doctor/finding.ts';
import { small } from './applications.ts';
import { failed } from './doctor.ts';

/** When the cluster is looked at. */
export const now = new Date('2026-12-10T12:00:00Z');

/** Production with images that are published. */
export const published: AnyEnvironment = {
  ...production,
  application: small,
  cluster: { storageClasses: { scratch: 'short' } },
  images: imagesBy(
    (name) => `registry.example.org/${name}:1@sha256:${'1'.repeat(64)}`,
  ) as typeof production.images,
};

/** Of a test, for coped.example.org, and valid until 2027-01-25. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUJQ0ZOwHrN0t3HQrOGGMclDHm514wCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFY29wZWQwHhcNMjYxMTI2MTE1MTMxWhcNMjcwMTI1MTE1MTMx
WjAQMQ4wDAYDVQQDDAVjb3BlZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCWJ
euVuCk/cgiPTcbJnF66CvTbVJ2EY9Z77j4/p2S82pOIUT1P37j5AUpC0u5jyXHdJ
0EtHBNrjtPIfja8eeQajcTBvMB0GA1UdDgQWBBTuV8QL5P1FVAJKXqfFiPg1ZFLt
CzAfBgNVHSMEGDAWgBTuV8QL5P1FVAJKXqfFiPg1ZFLtCzAPBgNVHRMBAf8EBTAD
AQH/MBwGA1UdEQQVMBOCEWNvcGVkLmV4YW1wbGUub3JnMAoGCCqGSM49BAMCA0gA
MEUCIQDk3laPDVHvbWKP9070MU8v/2RVdO0pa8c298CAbH+/tgIgIr1hjghriR8Y
9IQdgR6njZ8VCJ90lGGGldlJO++eKhg=
-----END CERTIFICATE-----
`;

const refusal = `Error from server (Forbidden): error when creating "STDIN": pods "before-privileged" is forbidden: violates PodSecurity "restricted:latest": privileged`;

type Answer = string | Error | ((input: string) => string | Error | Promise<string | Error>);
export type Answers = Readonly<Record<string, Answer>>;

/** What `kubectl get` answers to a question for several objects. */
export const items = (...objects: object[]) => JSON.stringify({ items: objects });

/** A Service, by its name and namespace. */
export function service(name: string, namespace: string, spec: object, labels: object = {}): object {
  return { metadata: { name, namespace, labels }, spec };
}

/** A pod that is ready, but for these differences of its metadata. */
export function pod(name: string, metadata: object = {}, spec: object = { containers: [] }): object {
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { metadata: { name, ...metadata }, spec, status: { phase: 'Running', conditions } };
}

/** A pod of CoreDNS, with other labels than the usual one. */
export function dnsPod(labels: object = { 'k8s-app': 'kube-dns' }, namespace = 'kube-system'): object {
  const volumes = [{ name: 'config', configMap: { name: 'coredns' } }];
  return pod('coredns-1', { namespace, labels }, { containers: [], volumes });
}

export function ingressClass(name: string, controller: string, annotations: object = {}): object {
  return { metadata: { name, annotations }, spec: { controller } };
}

/** A pod of Traefik, but for these differences of its spec. */
export function traefikPod(difference: object = {}, namespace = 'traefik'): object {
  const labels = { 'app.kubernetes.io/name': 'traefik', 'pod-template-hash': '1' };
  const containers = [{ name: 'traefik', image: 'docker.io/library/traefik:v3' }];
  return pod('traefik-1', { namespace, labels }, { containers, ...difference });
}

/** A node with so much left, in which pods may be placed but for this difference. */
export function node(name: string, cpu: string, memory: string, spec: object = {}): object {
  const allocatable = { cpu, memory, pods: '110' };
  return {
    metadata: { name },
    spec: { podCIDRs: ['10.244.0.0/24'], ...spec },
    status: { allocatable, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A StorageClass without a lack, but for these differences. */
export function storageClass(difference: object = {}): object {
  return {
    metadata: {
      name: 'fast',
      creationTimestamp: '2026-12-01T09:00:00Z',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'example.org/disk',
    allowVolumeExpansion: true,
    reclaimPolicy: 'Retain',
    ...difference,
  };
}

/** What `kubectl version` answers. */
export function versions(client: string, server: string): string {
  return JSON.stringify({ clientVersion: { gitVersion: client }, serverVersion: { gitVersion: server } });
}

/** Endpoints at these addresses or of these pods, and their port. */
export function slice(port: number, ...endpoints: object[]): string {
  return items({ endpoints, ports: [{ port }] });
}

/** The API groups that a cluster has. */
export function groups(...names: readonly string[]): string {
  return JSON.stringify({ groups: ['apps', 'batch', ...names].map((name) => ({ name })) });
}

/** The kinds that a version of an API group has. */
export function kinds(...names: readonly string[]): string {
  return JSON.stringify({ resources: names.map((kind) => ({ kind })) });
}

/** The ConfigMap of CoreDNS, which answers for these domains. */
export function corefile(...domains: readonly string[]): string {
  const Corefile = `.:53 {\n    kubernetes ${domains.join(' ')} in-addr.arpa ip6.arpa {\n        ttl 5\n    }\n}\n`;
  return JSON.stringify({ metadata: { name: 'coredns' }, data: { Corefile } });
}

/** What a cluster answers that lacks nothing: a part of the question to kubectl, and the answer. */
const good: Answers = {
  'version --output json': versions('v1.35.1', 'v1.35.4'),
  'get storageclasses': items(
    storageClass(),
    storageClass({ metadata: { name: 'short' }, reclaimPolicy: 'Delete' }),
  ),
  'get ingressclasses': items(ingressClass('traefik', 'traefik.io/ingress-controller')),
  'get secret coped-tls': JSON.stringify({ data: { 'tls.crt': btoa(certificate), 'tls.key': 'a2V5' } }),
  'get services --all-namespaces': items(
    service('kubernetes', 'default', { ports: [{ port: 443, protocol: 'TCP' }] }),
    service(
      'kube-dns',
      'kube-system',
      {
        clusterIP: '10.96.0.10',
        ports: [{ port: 53, protocol: 'UDP' }],
        selector: { 'k8s-app': 'kube-dns' },
      },
      { 'k8s-app': 'kube-dns' },
    ),
  ),
  'get service kubernetes': JSON.stringify(
    service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ port: 443 }] }),
  ),
  'get pods --namespace kube-system': items(dnsPod()),
  'get endpointslices --namespace kube-system': slice(
    53,
    ...['10.0.0.3', 'fd00::3'].map((address) => ({ addresses: [address], targetRef: { name: 'coredns-1' } })),
  ),
  'get endpointslices --namespace default': slice(6443, { addresses: ['172.18.0.2'] }),
  'get secrets --namespace coped-production --field-selector': items(),
  'get secrets': items(
    ...Object.values(credentials).map(({ secret, key }) => ({
      metadata: { name: secret },
      data: { [key]: 'dmFsdWU=' },
    })),
  ),
  'get --raw /apis': groups(),
  'proxy/configz': JSON.stringify({
    kubeletconfig: { clusterDNS: ['10.96.0.10'], clusterDomain: 'cluster.local' },
  }),
  'get configmap coredns': corefile('cluster.local'),
  'get daemonsets': items(),
  'get limitranges': items(),
  'get persistentvolumeclaims': items(),
  'auth can-i': 'yes',
  'get nodes': items(node('a', '2', '8Gi'), node('b', '2', '8Gi'), node('c', '2', '8Gi')),
  'get pods --all-namespaces': items(traefikPod()),
  'get resourcequotas': items(),
  'get configmap,cronjob': items(),
  'get namespace coped-production': JSON.stringify({
    metadata: { name: 'coped-production', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  }),
  'create --dry-run=server': (input) => (input.includes('before-privileged') ? failed(refusal) : ''),
};

interface Applied {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

export interface Stand extends Cluster {
  /** What was asked, in its order. */
  readonly asked: string[];
  /** What is there in the namespace of the probe, and the kind and name of each. */
  readonly applied: () => readonly object[];
  readonly names: () => string[];
}

/**
 * A cluster that lacks nothing but for these answers; an Error is what kubectl fails with. What is applied is there, pods
 * run or have ended, and policies are enforced.
 */
export function clusterBefore(answers: Answers = {}): Stand {
  const applied: Applied[] = [];
  const asked: string[] = [];
  const has = (kind: string, name: string) =>
    applied.some((each) => each.kind === kind && each.metadata.name === name);
  const itself: Answers = {
    'apply --namespace coped-before-': (input) => {
      applied.push(...(JSON.parse(input) as { items: Applied[] }).items);
      return '';
    },
    'get pods --namespace coped-before-': () =>
      items(
        ...applied
          .filter(({ kind }) => kind === 'Pod')
          .map(({ metadata: { name } }) =>
            probePod(name, name.startsWith('image-') ? ended(0) : { running: {} }),
          ),
      ),
    '10.0.0.9 8080': () => (has('NetworkPolicy', 'server') ? 'timed out' : 'open'),
    '10.0.0.9 8081': () => (has('NetworkPolicy', 'client') ? 'timed out' : 'open'),
    'exec ': 'open',
    'delete namespace coped-before-': () => {
      applied.length = 0;
      return '';
    },
  };
  const all = [answers, good, itself].flatMap((each) => Object.entries(each));
  return {
    context: 'test',
    asked,
    applied: () => applied,
    names: () => applied.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    kubectl: async (arguments_, options) => {
      const question = arguments_.join(' ');
      asked.push(question);
      const found = all.find(([part]) => question.includes(part))?.[1];
      if (found === undefined) throw new Error(`not recorded: ${question}`);
      const answer = typeof found === 'function' ? await found(`${options?.input ?? ''}`) : found;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

/** A pod of the probe in this state. */
export function probePod(name: string, state: object): object {
  const status = { podIP: '10.0.0.9', containerStatuses: [{ name, state, restartCount: 0 }] };
  return { metadata: { name }, spec: { nodeName: 'a' }, status };
}

/** The state of a container that has ended. */
export function ended(exitCode: number, message?: string): object {
  return { terminated: { exitCode, ...(message !== undefined && { message }) } };
}

/** What a check finds in a cluster that answers these questions otherwise. */
export async function foundBefore(
  title: string,
  answers: Answers = {},
  environment: AnyEnvironment = published,
  at = now,
): Promise<Finding> {
  const cluster = clusterBefore(answers);
  return found(title, cluster, openProbe(cluster, environment), environment, at);
}

/** What a check finds in this cluster. */
export function found(
  title: string,
  cluster: Cluster,
  probe: Probe,
  environment = published,
  at = now,
): Promise<Finding> {
  const patient = { cluster, environment, name: environment.kind, now: at };
  return examineOnly(title, patient, checksBefore(environment, probe));
}
