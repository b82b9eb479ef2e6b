import { ExecaError } from 'execa';
import { clusterOf } from '../../../environments/cluster.ts';
import { type Cluster, get } from '../../cluster/cluster.ts';
import type { Namespace } from '../../cluster/objects.ts';
import { wantedPods } from '../../cluster/requests.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';
import { type Probe, probeAccount } from './probe.ts';

const level = 'pod-security.kubernetes.io/enforce';

/**
 * Whether the API server refuses a pod that may do anything on its node, in a namespace that enforces `restricted`.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export async function podSecurity({ cluster, environment, name }: Patient, probe: Probe): Promise<Finding> {
  const { namespace, own, account } = await placeOf(cluster, environment.namespace, probe);
  const containers = [{ name: 'privileged', image: 'none', securityContext: { privileged: true } }];
  const [refusal] = await refusals(cluster, namespace, [podOf('privileged', { containers, ...account })]);
  if (refusal?.includes('violates PodSecurity "restricted:'))
    return good(`${namespace} refuses a privileged pod`);
  const present = own?.metadata.labels?.[level];
  if (own && present !== 'restricted')
    return bad(
      `${namespace} enforces ${present === undefined ? 'no level of Pod Security' : `the level ${present}`}, expected restricted: a pod in it may take over its node`,
      clusterOf(environment).createsNamespace
        ? `kubectl --context ${cluster.context} apply -f dist/${name}/00-namespace.yaml`
        : `ask who made the namespace for its label ${level}=restricted`,
    );
  return refusal === undefined
    ? bad(
        `${namespace} takes a privileged pod although its label says restricted: Pod Security admission is off, or exempts it`,
        'ask who runs the cluster: https://kubernetes.io/docs/concepts/security/pod-security-admission/#exemptions',
      )
    : warning(
        `a privileged pod is refused by something else than Pod Security admission: ${refusal}`,
        'ask who runs the cluster whether that is meant to take its place',
      );
}

/** Whether the API server takes each pod of the environment: limits of the namespace and policies of the cluster. */
export async function podsAdmitted({ cluster, environment, name }: Patient, probe: Probe): Promise<Finding> {
  const { namespace, account } = await placeOf(cluster, environment.namespace, probe);
  const pods = wantedPods(environment)
    // Pods of one workload are equal.
    .filter(({ spec }, index, all) => all.findIndex((other) => other.spec === spec) === index)
    .map((pod) => podOf(pod.name, { ...pod.spec, ...account }));
  const refused = await refusals(cluster, namespace, pods);
  // The sum is looked at by itself; what the environment runs already has taken its part of the quota.
  const said = refused.filter((message) => !message.includes('exceeded quota'));
  return said.length === 0
    ? good(`the API server takes the pods of all ${pods.length} workloads and Jobs`)
    : bad(
        `the API server refuses: ${[...new Set(said)].join('; ')}`,
        `kubectl --context ${cluster.context} --namespace ${environment.namespace} get limitranges,resourcequotas shows what limits them; write other sizes ` +
          `into environments/${name}.ts, or ask who runs the cluster`,
      );
}

/** Where the environment's pods are tried: in its own namespace if that is there, with its labels and limits. */
async function placeOf(cluster: Cluster, name: string, probe: Probe) {
  const own = await get<Namespace>(cluster, ['namespace', name]);
  if (own) return { namespace: name, own, account: { serviceAccountName: 'default' } };
  await probe.made();
  return { namespace: probe.namespace, own, account: { serviceAccountName: probeAccount } };
}

function podOf(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `before-${name}` }, spec };
}

/** Why the API server would refuse which objects; none of them is made. */
async function refusals(cluster: Cluster, namespace: string, items: readonly object[]): Promise<string[]> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const create = ['create', '--dry-run=server', '--namespace', namespace, '--filename', '-'];
  try {
    await cluster.kubectl(create, { input });
    return [];
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const messages = `${error.stderr}`
      .split('\n')
      .filter((line) => /^(Error from server|The \w+ "[^"]*" is invalid)/.test(line))
      .map((line) => line.replace(/^Error from server( \(\w+\))?: (error when creating "\w+": )?/, ''));
    if (messages.length === 0) throw error;
    return messages;
  }
}
