import type { NonEmpty } from './environment.ts';

/** Where connections come from, or go to: pods of a namespace, or addresses. */
export type Place =
  | {
      readonly namespace: string;
      /**
       * Labels of the pods.
       * @default every pod of the namespace
       */
      readonly labels?: Readonly<Record<string, string>>;
    }
  | {
      /** Address ranges such as `169.254.20.10/32`. */
      readonly cidrs: NonEmpty<string>;
    };

/** A family of addresses, in Kubernetes' words. */
export type IpFamily = 'IPv4' | 'IPv6';

/** Where DNS servers answer. */
export interface Dns {
  /** Every place at which a pod may ask: the servers themselves, and a cache on the nodes if there is one. */
  readonly at: NonEmpty<Place>;
  /**
   * Ports of the servers' pods, not of their Service.
   * @default [53]
   */
  readonly ports?: NonEmpty<number>;
}

/** Where the Kubernetes API is, as the network plugin sees it: behind the address of its Service. */
export type KubernetesApi = {
  /** Port of the API server's endpoints. */
  readonly port: number;
} & (
  | {
      /** Address ranges of these endpoints. */
      readonly cidrs: NonEmpty<string>;
    }
  | {
      /**
       * A policy of Cilium's own, which knows the API server by name. Cilium's ranges do not hold nodes of the cluster.
       * @see https://docs.cilium.io/en/stable/security/policy/language/#entities-based
       */
      readonly policy: 'cilium';
    }
);

/** StorageClasses by what becomes of the volume. */
interface StorageClasses {
  /**
   * Of what is kept: Postgres, Elasticsearch, Redis, uploads, restores.
   * @default the cluster's default class
   */
  readonly data?: string;
  /**
   * Of what is deleted after use: the restore test. Where the default class retains volumes, each test would leave one.
   * @default the cluster's default class
   */
  readonly scratch?: string;
}

/**
 * The cluster in which an environment runs, as far as clusters differ. Each value has a default that suits kind.
 *
 * docs/clusters.md has a command for each value that finds it out.
 */
export interface Cluster {
  /**
   * Where pods ask for names. Nothing else answers to them.
   * @default the pods of kube-system with the label k8s-app=kube-dns, port 53
   */
  readonly dns?: Dns;
  /**
   * Postgres' members agree there on their primary, and a Job creates and renews certificates there.
   * @default every private address of `ipFamilies`, port 6443
   */
  readonly kubernetesApi?: KubernetesApi;
  /**
   * Domain of the cluster's Services, as their certificates contain it.
   * @default 'cluster.local'
   */
  readonly domain?: string;
  readonly storageClasses?: StorageClasses;
  /**
   * Families of the pods' addresses.
   * @default ['IPv4']
   * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
   */
  readonly ipFamilies?: NonEmpty<IpFamily>;
  /**
   * Most processor time of each container, in thousandths of a core, where a ResourceQuota demands a limit. A container
   * that reserves more may use that.
   * @default no limit: a container may use what is free
   */
  readonly cpuLimitMillicores?: number;
  /**
   * User of every process, and group of its files, where the cluster chooses them, as OpenShift does. It cannot change
   * later: the files on the volumes are this user's.
   * @default 10001, for which the images are built
   */
  readonly userId?: number;
  /**
   * Whether dist/ holds the Namespace. Where it is somebody else's, nothing in dist/ needs rights beyond it.
   * @default true
   */
  readonly createsNamespace?: false;
  /**
   * Secret of type kubernetes.io/dockerconfigjson with which every pod pulls its images.
   * @default the registries want no password
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
   */
  readonly imagePullSecret?: string;
}

/** A cluster with its defaults. */
export interface KnownCluster
  extends Required<Omit<Cluster, 'dns' | 'createsNamespace' | 'cpuLimitMillicores' | 'imagePullSecret'>>,
    Pick<Cluster, 'cpuLimitMillicores' | 'imagePullSecret'> {
  readonly dns: Required<Dns>;
  readonly createsNamespace: boolean;
}

/** The user for which the images are built. */
export const imagesUserId = 10001;

/** Private addresses; pods have others of them than the API server. */
const privateRanges: Readonly<Record<IpFamily, NonEmpty<string>>> = {
  IPv4: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  IPv6: ['fc00::/7'],
};

/** The pods that answer to names, as kubeadm, kind and most clusters of a provider label them. */
const kubeDns: Place = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };

/** The cluster of an environment, with the defaults of what its file does not say. */
export function clusterOf({ cluster = {} }: { readonly cluster?: Cluster | undefined }): KnownCluster {
  const { ipFamilies = ['IPv4'], dns = { at: [kubeDns] } } = cluster;
  const [first, ...others] = ipFamilies;
  return {
    kubernetesApi: {
      cidrs: [...privateRanges[first], ...others.flatMap((family) => privateRanges[family])],
      port: 6443,
    },
    domain: 'cluster.local',
    storageClasses: {},
    userId: imagesUserId,
    createsNamespace: true,
    ...cluster,
    ipFamilies,
    dns: { ports: [53], ...dns },
  };
}
