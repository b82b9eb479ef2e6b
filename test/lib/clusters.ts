import {
  type Answers,
  corefile,
  dnsPod,
  groups,
  ingressClass,
  items,
  pod,
  service,
  slice,
  traefikPod,
} from './before.ts';
import { failed } from './doctor.ts';

/** What clusters of other kinds than kind's answer, as far as they differ from it. */

const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };

function storageClass(name: string, provisioner: string, difference: object = {}): object {
  const metadata = { name, creationTimestamp: '2026-11-01T09:00:00Z' };
  return { metadata, provisioner, reclaimPolicy: 'Delete', ...difference };
}

function node(name: string, spec: object, address: string, annotations: object = {}): object {
  const addresses = [{ type: 'InternalIP', address }];
  return { metadata: { name, annotations }, spec, status: { addresses } };
}

function namespace(name: string, annotations: object = {}): string {
  return JSON.stringify({ metadata: { name, annotations } });
}

const dnsPorts = [
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  { name: 'metrics', port: 9153, protocol: 'TCP' },
];

/** EndpointSlices of the Service of DNS. */
function dnsSlice(port: number, ...pods: string[]): string {
  const ports = dnsPorts.map((each) => ({ ...each, port: each.port === 53 ? port : each.port }));
  const endpoints = pods.map((name, index) => ({
    addresses: [`10.0.0.${index + 2}`],
    targetRef: { kind: 'Pod', name },
  }));
  return items({ endpoints, ports });
}

export function kubelet(clusterDNS: readonly string[], clusterDomain = 'cluster.local'): string {
  return JSON.stringify({ kubeletconfig: { clusterDNS, clusterDomain } });
}

/** What kubectl fails with where rights end. */
export function forbidden(what: string): Promise<Error> {
  return failed(
    `Error from server (Forbidden): ${what} is forbidden: User "jane" cannot list resource "${what}"`,
  );
}

/** kind, as `kind create cluster` makes it. */
export const kind: Answers = {
  'get services --all-namespaces': items(
    service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ port: 443, protocol: 'TCP' }] }),
    service('kube-dns', 'kube-system', {
      clusterIP: '10.96.0.10',
      ports: dnsPorts,
      selector: { 'k8s-app': 'kube-dns' },
    }),
  ),
  'get endpointslices --namespace kube-system': dnsSlice(53, 'coredns-1'),
  'get storageclasses': items(
    storageClass('standard', 'rancher.io/local-path', {
      metadata: { name: 'standard', creationTimestamp: '', annotations: isDefault },
    }),
  ),
  'get nodes': items(node('coped-control-plane', { podCIDRs: ['10.244.0.0/24'] }, '172.18.0.2')),
};

/** Pods of a controller in the network of their nodes. */
function inNodes(namespace: string, labels: object, image: string, ...nodes: string[]): string {
  return items(
    ...nodes.map((nodeName) =>
      pod(
        `controller-${nodeName}`,
        { namespace, labels },
        { hostNetwork: true, nodeName, containers: [{ name: 'controller', image }] },
      ),
    ),
  );
}

/** A provider's, with a DNS cache on the nodes, its API server outside of the cluster, and a class that retains. */
export const managed: Answers = {
  ...kind,
  'get daemonsets --namespace kube-system': items(
    {
      metadata: { name: 'node-local-dns' },
      spec: {
        selector: { matchLabels: { 'k8s-app': 'node-local-dns' } },
        template: {
          spec: {
            containers: [
              {
                name: 'node-cache',
                args: ['-localip', '169.254.20.10,10.96.0.10', '-conf', '/etc/Corefile'],
              },
            ],
          },
        },
      },
    },
    {
      metadata: { name: 'kube-proxy' },
      spec: { template: { spec: { containers: [{ name: 'kube-proxy' }] } } },
    },
  ),
  'proxy/configz': kubelet(['169.254.20.10']),
  'get endpointslices --namespace default': slice(443, { addresses: ['34.90.1.2'] }),
  'get storageclasses': items(
    storageClass('standard', 'pd.csi.storage.gke.io', {
      metadata: { name: 'standard', creationTimestamp: '', annotations: isDefault },
    }),
    storageClass('premium-keep', 'pd.csi.storage.gke.io', {
      reclaimPolicy: 'Retain',
      allowVolumeExpansion: true,
    }),
    storageClass('shared', 'filestore.csi.storage.gke.io', { reclaimPolicy: 'Retain' }),
  ),
  'get nodes': items(
    node('a', { podCIDRs: ['10.4.0.0/24'] }, '10.164.0.2', {
      'projectcalico.org/IPv4VXLANTunnelAddr': '10.4.0.9',
    }),
    node('b', { podCIDRs: ['10.4.1.0/24'] }, '10.164.0.3', {
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
    }),
  ),
  'get ingressclasses': items(
    ingressClass('internal', 'example.org/none'),
    ingressClass('nginx', 'k8s.io/ingress-nginx', { 'ingressclass.kubernetes.io/is-default-class': 'true' }),
  ),
  'get pods --all-namespaces': inNodes(
    'ingress-nginx',
    {},
    'registry.k8s.io/ingress-nginx/controller:v1.11.3@sha256:1',
    'a',
  ),
};

/** k3s: everything on one machine, and pods of two families. */
export const k3s: Answers = {
  ...kind,
  'proxy/configz': kubelet(['10.43.0.10', 'fd43::a']),
  'get services --all-namespaces': items(
    service('kube-dns', 'kube-system', {
      clusterIP: '10.43.0.10',
      clusterIPs: ['10.43.0.10', 'fd43::a'],
      ports: dnsPorts,
      selector: { 'k8s-app': 'kube-dns' },
    }),
  ),
  'get endpointslices --namespace default': slice(6443, { addresses: ['203.0.113.7'] }),
  'get storageclasses': items(storageClass('local-path', 'rancher.io/local-path')),
  'get pods --all-namespaces': items(
    traefikPod(
      { containers: [{ name: 'a', image: 'rancher/mirrored-library-traefik:2.11.10' }] },
      'kube-system',
    ),
  ),
  'get nodes': items(node('k3s', { podCIDRs: ['10.42.0.0/24', 'fd42::/64'] }, '203.0.113.7')),
};

/** OpenShift, and a person whose rights end at the namespace, but who may look at that of DNS. */
export const openShift: Answers = {
  ...kind,
  'get --raw /apis': groups('security.openshift.io', 'route.openshift.io'),
  'get services --all-namespaces': items(
    service('dns-default', 'openshift-dns', {
      clusterIP: '172.30.0.10',
      ports: dnsPorts,
      selector: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    }),
  ),
  'get pods --namespace openshift-dns': items(
    dnsPod(
      { 'controller-revision-hash': '1', 'dns.operator.openshift.io/daemonset-dns': 'default' },
      'openshift-dns',
    ),
  ),
  'get endpointslices --namespace openshift-dns': dnsSlice(5353, 'coredns-1'),
  'get configmap coredns --namespace openshift-dns': corefile('corp.internal'),
  'proxy/configz': kubelet(['172.30.0.10'], 'corp.internal'),
  'get ingressclasses': items(ingressClass('openshift-default', 'openshift.io/ingress-to-route')),
  'get pods --all-namespaces': items(
    ...['router-a', 'router-b'].map((name) =>
      pod(
        name,
        {
          namespace: 'openshift-ingress',
          labels: {
            'ingresscontroller.operator.openshift.io/deployment-ingresscontroller': 'default',
            'pod-template-hash': '1',
          },
        },
        { containers: [{ name: 'router', image: 'quay.io/openshift-release-dev/ocp@sha256:1' }] },
      ),
    ),
  ),
  'get namespace coped-production': namespace('coped-production', {
    'openshift.io/sa.scc.uid-range': '1000680000/10000',
  }),
  'get resourcequotas': items({
    metadata: { name: 'compute' },
    spec: { hard: { 'limits.cpu': '20', 'limits.memory': '40Gi' } },
  }),
  'auth can-i create namespaces': 'no',
  'get secrets --namespace coped-production --field-selector': items(
    pullSecret('builder-dockercfg', 'image-registry.openshift-image-registry.svc:5000'),
    pullSecret('registry', 'https://registry.example.org/v2/'),
  ),
  'get storageclasses': items(
    storageClass('thin', 'csi.vsphere.vmware.com', {
      metadata: { name: 'thin', creationTimestamp: '', annotations: isDefault },
      reclaimPolicy: 'Retain',
    }),
    storageClass('files', 'nfs.csi.k8s.io'),
    storageClass('thin-short', 'csi.vsphere.vmware.com'),
  ),
};

function pullSecret(name: string, host: string): object {
  const config = JSON.stringify({ auths: { [host]: { auth: 'eA==' } } });
  return { metadata: { name }, data: { '.dockerconfigjson': btoa(config) } };
}
