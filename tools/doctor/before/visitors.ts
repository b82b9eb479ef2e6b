import type { PublicAddress } from '../../../environments/address.ts';
import type { Place } from '../../../environments/cluster.ts';
import { isWithin } from '../../cluster/address-ranges.ts';
import { list } from '../../cluster/cluster.ts';
import type { Node, Pod } from '../../cluster/objects.ts';
import { isPodReady } from '../../cluster/pods.ts';
import { ifAllowed } from '../../cluster/rights.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Whether pods run where the policies let visitors come from, as policies know them. */
export async function visitorsCome(patient: Patient, { from }: PublicAddress): Promise<Finding> {
  const findings = await Promise.all(from.map((place) => lookAt(patient, place)));
  return (
    findings.find(({ level }) => level === 'bad') ??
    findings.find(({ level }) => level === 'warning') ??
    good(findings.map(({ detail }) => detail).join('; '))
  );
}

async function lookAt(patient: Patient, place: Place): Promise<Finding> {
  return 'cidrs' in place ? lookAtAddresses(patient, place.cidrs) : lookAtPods(patient, place);
}

async function lookAtPods(
  { cluster, name }: Patient,
  { namespace, labels }: Exclude<Place, { cidrs: unknown }>,
): Promise<Finding> {
  const pairs = Object.entries(labels ?? {}).map((pair) => pair.join('='));
  const which = pairs.length === 0 ? [] : ['--selector', pairs.join(',')];
  const pods = await list<Pod>(cluster, ['pods', '--namespace', namespace, ...which]);
  const ready = pods.filter(isPodReady);
  const where = `${namespace}${pairs.length === 0 ? '' : ` with ${pairs.join(', ')}`}`;
  const field = `environments/${name}.ts, address.from`;
  if (ready.length === 0)
    return bad(
      `no pod is ready in ${where}, from where nginx takes connections`,
      `${field}: where the pods are that pass requests on (kubectl --context ${cluster.context} get pods -A)`,
    );
  const known = ready.filter(({ spec }) => !spec.hostNetwork);
  const addresses = new Set(ready.map(({ status }) => status?.hostIP));
  return known.length > 0
    ? good(`${known.length} of ${pods.length} pods are ready in ${where}`)
    : bad(
        `the pods in ${where} use the network of their nodes, and policies know them by the addresses of these only`,
        `${field}: { cidrs: [...] } with ${[...addresses].join(', ')}, the addresses of the nodes`,
      );
}

/** Nodes among the addresses are a controller of their own network; otherwise only somebody outside knows. */
async function lookAtAddresses({ cluster, name }: Patient, cidrs: readonly string[]): Promise<Finding> {
  const asked = cidrs.join(', ');
  const remedy = `ask who runs the Gateway from which addresses it connects to pods; if others: environments/${name}.ts, address.from`;
  const nodes = await ifAllowed(list<Node>(cluster, ['nodes']));
  if (nodes === undefined)
    return warning(`you may not list nodes, so nothing says whether visitors come from ${asked}`, remedy);
  const within = nodes.filter(({ status }) =>
    (status?.addresses ?? []).some(({ type, address }) => type === 'InternalIP' && isWithin(address, cidrs)),
  );
  const detail = `${within.length} of ${nodes.length} nodes are in ${asked}`;
  return within.length > 0 ? good(detail) : warning(detail, remedy);
}
