import type { k8s } from 'cdk8s-plus-27';
import { clusterOf, type IpFamily, type Place } from '../../environments/cluster.ts';
import type { Reach } from '../../environments/contract.ts';
import type { AnyEnvironment, Backups, NonEmpty, ObjectStore } from '../../environments/environment.ts';
import type { CiliumEntity } from '../cilium.ts';
import type { Incoming, Outgoing } from './workload.ts';

/** One end of a connection that is not a workload of the environment. */
export interface Outside {
  readonly name: string;
  /** Where it is; an empty list would mean everywhere. */
  readonly peers: NonEmpty<k8s.NetworkPolicyPeer>;
}

/** Such an end that only the network plugin knows, by a name. */
export interface Entity {
  readonly name: string;
  readonly entity: CiliumEntity;
}

/** Addresses of Docker's networks, and so of this machine as kind's node sees it. Pods have other addresses. */
export const dockerNetworks: PerFamily<NonEmpty<string>> = {
  IPv4: ['172.16.0.0/12', '192.168.0.0/16'],
  // kind's; the pods are in fd00::/8.
  IPv6: ['fc00::/8'],
};

/** The connections with which a pod finds Services by name: by UDP and, for long answers, by TCP. */
export function toDns(environment: AnyEnvironment): Outgoing[] {
  const { at, ports } = clusterOf(environment).dns;
  const to: Outside = { name: 'cluster-dns', peers: places(at) };
  const why = 'it finds the other Services by name';
  return ports.flatMap((port) => [
    { to, port, protocol: 'UDP', why },
    { to, port, why },
  ]);
}

/** A connection to the Kubernetes API. */
export function toKubernetesApi(environment: AnyEnvironment, why: string): Outgoing {
  const { kubernetesApi } = clusterOf(environment);
  const name = 'kubernetes-api';
  const to =
    'cidrs' in kubernetesApi
      ? { name, peers: addresses(kubernetesApi.cidrs) }
      : ({ name, entity: 'kube-apiserver' } as const);
  return { to, port: kubernetesApi.port, why };
}

/** A connection to the object store that holds the backups. */
export function toObjectStore({ objectStore }: Backups, why: string): Outgoing {
  return toStore('object-store', objectStore, why);
}

/** A connection to the object store that holds the uploads. */
export function toUploadStore(bucket: ObjectStore, why: string): Outgoing {
  return toStore('upload-store', bucket, why);
}

function toStore(name: string, { reachedAt, port }: ObjectStore, why: string): Outgoing {
  const peers =
    'namespace' in reachedAt ? ([inNamespace(reachedAt.namespace)] as const) : addresses(reachedAt.cidrs);
  return { to: { name, peers }, port, why };
}

/** The connection of visitors: through the Ingress, the Gateway or, locally, through a NodePort. */
export function fromVisitors(environment: AnyEnvironment, port: number): Incoming {
  const { address } = environment;
  if (address.kind === 'local')
    return {
      from: {
        name: 'this-machine',
        peers: addresses(address.visitorsFrom ?? ofItsFamilies(environment, dockerNetworks)),
      },
      port,
      why: 'visitors come through the NodePort',
    };
  const [name, way] = address.kind === 'ingress' ? ['ingress-controller', 'Ingress'] : ['gateway', 'Gateway'];
  return { from: { name, peers: places(address.from) }, port, why: `visitors come through the ${way}` };
}

/**
 * Public addresses. Those of private networks, of a provider's own network (100.64.0.0/10), of the machine itself and of
 * its link are not among them. By such an address a cloud provider tells a node its credentials. Public addresses of IPv6
 * are those of 2000::/3, but for those of protocols, of tunnels and of examples.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry/
 */
const internet: PerFamily<NonEmpty<k8s.NetworkPolicyPeer>> = {
  IPv4: [
    {
      ipBlock: {
        cidr: '0.0.0.0/0',
        except: [
          '0.0.0.0/8',
          '10.0.0.0/8',
          '100.64.0.0/10',
          '127.0.0.0/8',
          '169.254.0.0/16',
          '172.16.0.0/12',
          '192.168.0.0/16',
          '224.0.0.0/3',
        ],
      },
    },
  ],
  IPv6: [{ ipBlock: { cidr: '2000::/3', except: ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] } }],
};

/** The connections to what the application reaches outside the cluster. */
export function toReached(environment: AnyEnvironment, reaches: readonly Reach[] = []): Outgoing[] {
  return reaches.map(({ what, port, cidrs, why }) => ({
    to: {
      name: what,
      peers: cidrs === 'internet' ? ofItsFamilies(environment, internet) : addresses(cidrs),
    },
    port,
    why,
  }));
}

type PerFamily<Value> = Readonly<Record<IpFamily, Value>>;

/** Those of the families of addresses that the cluster has. */
function ofItsFamilies<Item>(environment: AnyEnvironment, all: PerFamily<NonEmpty<Item>>): NonEmpty<Item> {
  const [first, ...others] = clusterOf(environment).ipFamilies;
  return [...all[first], ...others.flatMap((family) => all[family])];
}

/** Pods and addresses, as a policy calls them. */
function places([first, ...others]: NonEmpty<Place>): NonEmpty<k8s.NetworkPolicyPeer> {
  const [peer, ...more] = place(first);
  return [peer, ...more, ...others.flatMap(place)];
}

function place(place: Place): NonEmpty<k8s.NetworkPolicyPeer> {
  if ('cidrs' in place) return addresses(place.cidrs);
  const { namespace, labels } = place;
  return [{ ...inNamespace(namespace), ...(labels && { podSelector: { matchLabels: labels } }) }];
}

function inNamespace(name: string): k8s.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

function addresses([first, ...others]: NonEmpty<string>): NonEmpty<k8s.NetworkPolicyPeer> {
  return [{ ipBlock: { cidr: first } }, ...others.map((cidr) => ({ ipBlock: { cidr } }))];
}
