import type { Place } from './cluster.ts';
import type { NonEmpty } from './environment.ts';

/** Labels or annotations of an object. */
export type Labels = Readonly<Record<string, string>>;

/** An issuer of cert-manager: `kubectl get clusterissuers`, or `kubectl get issuers` in the environment's namespace. */
export interface Issuer {
  readonly kind: 'ClusterIssuer' | 'Issuer';
  readonly name: string;
}

/** What objects have for other controllers of the cluster, such as external-dns or a provider's load balancer. */
interface Metadata {
  /** @default none, but for those that the charts set */
  readonly annotations?: Labels;
  /** @default none, but for those that the charts set */
  readonly labels?: Labels;
}

/** What a site has that others can visit. Its address begins with `https://`. */
interface Visited extends Metadata {
  /** DNS name of the site, which `SITE_URL` has. */
  readonly host: string;
  /**
   * More DNS names of the site, such as `www.coped.example.org`. Django answers to no other Host.
   * @default none
   */
  readonly otherHosts?: NonEmpty<string>;
  /**
   * Where the pods are that pass requests on to nginx, which is reachable from there only. Policies know a pod of the
   * network of its node (`hostNetwork`) by the address of that node, and never by its labels.
   */
  readonly from: NonEmpty<Place>;
  /** Annotations and labels of nginx' Service. Those above are the Ingress' or the HTTPRoute's. */
  readonly service?: Metadata;
}

/** TLS has ended at a load balancer, which sends HTTP to the controller. It has the certificate, and refuses or redirects HTTP. */
type EndedBefore = 'ended-before';

/** A site behind an Ingress. */
export interface IngressAddress extends Visited {
  readonly kind: 'ingress';
  /** IngressClass of the cluster: `kubectl get ingressclass`. */
  readonly className: string;
  /** Where TLS ends: at the Ingress controller, or before it. */
  readonly tls:
    | {
        /** Secret of type kubernetes.io/tls with the certificate of all the hosts. */
        readonly secretName: string;
        /**
         * The issuer from which cert-manager gets the certificate, and renews it.
         * @default you make the Secret, and replace it before the certificate expires
         */
        readonly issuer?: Issuer;
      }
    | EndedBefore;
}

/**
 * A site behind a Gateway, which somebody else provides with its listeners and certificates.
 *
 * @see https://gateway-api.sigs.k8s.io/
 */
export interface GatewayAddress extends Visited {
  readonly kind: 'gateway';
  /** The Gateway: `kubectl get gateways -A`. */
  readonly gateway: {
    readonly name: string;
    /** A listener of a Gateway in another namespace must admit routes of this one (`allowedRoutes`). */
    readonly namespace: string;
    /**
     * Name of the listener.
     * @default every listener that admits the hosts: Django then redirects what comes without TLS
     */
    readonly sectionName?: string;
  };
  /** @default TLS ends at the listener of the Gateway */
  readonly tls?: EndedBefore;
}

/** An address that others can visit. */
export type PublicAddress = IngressAddress | GatewayAddress;

/** A site on this machine, through a NodePort that kind.yaml maps to a port of localhost. */
export interface LocalAddress {
  readonly kind: 'local';
  /** Port of localhost. */
  readonly port: number;
  /** Port of the node, as in kind.yaml. */
  readonly nodePort: number;
  /**
   * Address ranges of the network in which kind's node is, and so of this machine as the node sees it.
   * @default the ranges that Docker takes unless it is configured otherwise
   */
  readonly visitorsFrom?: NonEmpty<string> | undefined;
}

/** Every DNS name of the site. */
export function hostsOf({ host, otherHosts }: PublicAddress): NonEmpty<string> {
  return [host, ...(otherHosts ?? [])];
}
