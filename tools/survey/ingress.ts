import type { IngressAddress } from '../../environments/address.ts';
import type { Place } from '../../environments/cluster.ts';
import type { AnyEnvironment, NonEmpty } from '../../environments/environment.ts';
import { rangesOf } from '../cluster/address-ranges.ts';
import { type Cluster, list } from '../cluster/cluster.ts';
import { groupsIn } from '../cluster/custom-kinds.ts';
import type { IngressClass, Node, Pod } from '../cluster/objects.ts';
import { isPodReady } from '../cluster/pods.ts';
import { ifAllowed } from '../cluster/rights.ts';
import { answer, Lacking, NotSeen, type Question, type Unseen } from './question.ts';
import { admits, type Spot, spotOf } from './spot.ts';

/** A label or an image of the controller's pods, by the name of the controller in its IngressClass. */
const controllers: Readonly<Record<string, RegExp>> = {
  'haproxy-ingress.github.io/controller': /haproxy-ingress[:@]/,
  'haproxy.org/ingress-controller': /kubernetes-ingress[:@]/,
  'ingress-controllers.konghq.com/kong': /(^|\/)kong(-gateway)?[:@]/,
  'k8s.io/ingress-nginx': /(ingress-nginx\/|nginx-ingress-)controller[:@]/,
  'nginx.org/ingress-controller': /nginx(-plus)?-ingress[:@]/,
  'openshift.io/ingress-to-route':
    /^ingresscontroller\.operator\.openshift\.io\/deployment-ingresscontroller=/,
  'traefik.io/ingress-controller': /traefik[:@]/,
};

/** Controllers that configure a load balancer of the provider, which connects to the pods itself. */
const outside = ['ingress.k8s.aws/alb', 'networking.gke.io/ingress', 'azure/application-gateway'];

/** Labels that pods keep when they are replaced. */
const lasting = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/component',
  'ingresscontroller.operator.openshift.io/deployment-ingresscontroller',
  'k8s-app',
  'app',
];

const isDefaultClass = 'ingressclass.kubernetes.io/is-default-class';

export const ingressClass: Question = {
  value: 'address.className',
  title: 'Ingress class',
  otherwise: 'nobody serves the site',
  ask: 'for an Ingress controller and the name of its IngressClass',
  orElse: (_, environment) => `install the controller of ${ingressOf(environment).className}`,
  look: async (cluster, environment) => {
    const { className: given } = ingressOf(environment);
    const classes = await list<IngressClass>(cluster, ['ingressclasses']);
    const names = classes.map(({ metadata }) => metadata.name);
    const found = classFor(classes, given);
    if (!found)
      throw new Lacking(
        `there is no IngressClass; GatewayClasses: ${(await gatewayClasses(cluster)).join(', ') || 'none'}`,
      );
    const works = (name: string) => names.includes(name);
    const gateways = await gatewayClasses(cluster);
    const how = [
      `there are: ${classes.map(textOf).join(', ')}`,
      ...(gateways.length > 0 ? [`for a Gateway: ${gateways.join(', ')}`] : []),
    ].join('; ');
    return answer({ value: found.metadata.name, how, works, isDefault: false }, given, given);
  },
};

export const ingressController: Question = {
  value: 'address.from',
  title: 'Ingress controller',
  otherwise: 'nginx refuses the connections of visitors',
  ask: 'for the pods that connect to the site (namespace, labels), or the address ranges of its load balancer or nodes',
  look: async (cluster, environment) => {
    const { className, from } = ingressOf(environment);
    const [classes, all] = await Promise.all([
      list<IngressClass>(cluster, ['ingressclasses']),
      list<Pod>(cluster, ['pods', '--all-namespaces']),
    ]);
    const name = `${classFor(classes, className)?.spec?.controller}`;
    const pattern = controllers[name];
    const ranges = from.flatMap((place) => ('cidrs' in place ? place.cidrs : []));
    if (outside.includes(name) && ranges.length === 0)
      throw new NotSeen(`${name} has a load balancer outside the cluster connect to the pods`);
    if (!pattern && ranges.length > 0)
      return answer(
        {
          value: from,
          how: `what ${name} connects from is not in the cluster, or not known here; the file has ${ranges.join(', ')}`,
          works: () => true,
          isDefault: false,
        },
        from,
        from,
      );
    const pods = pattern
      ? all.filter((pod) => wordsOf(pod).some((word) => pattern.test(word)))
      : podsAt(from, all);
    const ready = pods.filter(isPodReady);
    const who = pattern ? `pods of ${name}` : `pods of the namespace that the file says`;
    if (ready.length === 0)
      throw new Lacking(`none of ${pods.length} ${who} is ready, so nobody passes on what visitors ask`);
    const nodes = ready.some(({ spec }) => spec.hostNetwork)
      ? await ifAllowed(list<Node>(cluster, ['nodes']))
      : [];
    const spots = ready.map((pod) => sourceOf(pod, nodes));
    const [first, ...others] = pattern || spots.some(({ pod }) => !pod) ? placesFor(spots, nodes) : from;
    if (first === undefined) throw new NotSeen(`${who} have no address`);
    return answer(
      {
        value: [first, ...others],
        how: `${ready.length} of ${pods.length} ${who} are ready: ${ready.map(nameOf).join(', ')}`,
        works: (places: NonEmpty<Place>) => spots.every((spot) => isIn(places, spot)),
        isDefault: false,
        unseen: unseenOf(pattern ? undefined : name, spots),
      },
      from,
      from,
    );
  },
};

/** The names of the GatewayClasses that may be seen. */
async function gatewayClasses(cluster: Cluster): Promise<string[]> {
  const group = 'gateway.networking.k8s.io';
  if (!(await groupsIn(cluster)).includes(group)) return [];
  const classes = await ifAllowed(
    list<{ readonly metadata: { readonly name: string } }>(cluster, [`gatewayclasses.${group}`]),
  );
  return (classes ?? []).map(({ metadata }) => metadata.name);
}

function ingressOf({ address }: AnyEnvironment): IngressAddress {
  if (address.kind !== 'ingress') throw new Error(`not asked where the address is ${address.kind}`);
  return address;
}

/** The class that the file names, or otherwise the default one, or the first whose controller is known. */
function classFor(classes: readonly IngressClass[], given: string): IngressClass | undefined {
  return (
    classes.find(({ metadata }) => metadata.name === given) ??
    classes.find(({ metadata }) => metadata.annotations?.[isDefaultClass] === 'true') ??
    classes.find(({ spec }) => `${spec?.controller}` in controllers) ??
    classes[0]
  );
}

const isIn = (places: readonly Place[], spot: Spot) => places.some((place) => admits(place, spot));
const nameOf = ({ metadata, spec }: Pod) =>
  `${metadata.name} of ${metadata.namespace}${spec.hostNetwork ? ' in the network of its node' : ''}`;
const textOf = ({ metadata, spec }: IngressClass) => `${metadata.name} (${spec?.controller})`;

/** The pods at these places. One in the network of its node counts if no other is there: it may be another program's. */
function podsAt(places: readonly Place[], pods: readonly Pod[]): readonly Pod[] {
  const there = pods.filter(({ metadata }) => {
    const pod = { namespace: `${metadata.namespace}`, labels: metadata.labels ?? {} };
    return isIn(places, { pod, addresses: [] });
  });
  const ofTheirOwn = there.filter(({ spec }) => !spec.hostNetwork);
  return ofTheirOwn.length > 0 ? ofTheirOwn : there;
}

/** The labels of a pod, `name=value`, and its images. */
function wordsOf({ metadata, spec }: Pod): string[] {
  const labels = Object.entries(metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return [...labels, ...spec.containers.map(({ image }) => `${image}`)];
}

/** From where its connections come. */
function sourceOf(pod: Pod, nodes: readonly Node[] = []): Spot {
  const own = nodes.filter(({ metadata }) => pod.spec.hostNetwork && metadata.name === pod.spec.nodeName);
  return own.length === 0 ? spotOf(pod) : { addresses: own.flatMap(addressesOf) };
}

/** The pods by labels that they keep, and each node on which one without an address of its own may run. */
function placesFor(spots: readonly Spot[], nodes: readonly Node[] = []): Place[] {
  const pods = spots.flatMap(({ pod }) => (pod ? [pod] : []));
  const byLabels = [...new Set(pods.map(({ namespace }) => namespace))].map((namespace): Place => {
    const own = pods.filter((pod) => pod.namespace === namespace);
    const labels = lasting.flatMap((name) => {
      const value = own[0]?.labels[name];
      return value !== undefined && own.every((pod) => pod.labels[name] === value) ? [[name, value]] : [];
    });
    return { namespace, ...(labels.length > 0 && { labels: Object.fromEntries(labels) }) };
  });
  const ofHosts = spots.filter(({ pod }) => !pod).flatMap(({ addresses }) => addresses);
  const cidrs = ofHosts.length === 0 ? undefined : rangesOf([...nodes.flatMap(addressesOf), ...ofHosts]);
  return [...byLabels, ...(cidrs ? [{ cidrs }] : [])];
}

/**
 * The addresses from which a node connects to pods on others: its own, or those of the tunnel of Calico or Flannel.
 *
 * @see https://docs.tigera.io/calico/latest/reference/resources/node
 */
function addressesOf({ metadata, spec, status }: Node): string[] {
  const annotations = metadata.annotations ?? {};
  const ofCalico = ['IPv4VXLANTunnelAddr', 'IPv4IPIPTunnelAddr', 'IPv6VXLANTunnelAddr'].flatMap(
    (name) => annotations[`projectcalico.org/${name}`] ?? [],
  );
  const isOfFlannel = annotations['flannel.alpha.coreos.com/backend-type'] === 'vxlan';
  const ofFlannel = isOfFlannel ? (spec?.podCIDRs ?? []).map((range) => range.split('/')[0] ?? '') : [];
  const own = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP');
  return [...own.map(({ address }) => address), ...ofCalico, ...ofFlannel];
}

function unseenOf(unknown: string | undefined, spots: readonly Spot[]): Unseen[] {
  return [
    ...(unknown === undefined
      ? []
      : [{ why: `${unknown} is not a controller that is known here`, ask: ingressController.ask }]),
    ...(spots.every(({ pod }) => pod)
      ? []
      : [
          {
            why: 'nodes that join later have other addresses',
            ask: 'for the address range of all its nodes',
          },
        ]),
  ];
}
