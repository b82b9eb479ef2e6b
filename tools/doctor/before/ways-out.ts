import { clusterOf } from '../../../environments/cluster.ts';
import type { ObjectStore } from '../../../environments/environment.ts';
import { type Cluster, get } from '../../cluster/cluster.ts';
import type { ConfigMap, Service } from '../../cluster/objects.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';
import { becomes, type Try } from './attempt.ts';

/** Whether a pod finds a Service by its name, in the domain that the certificates contain. */
export async function names(attempt: Try, { environment, name }: Patient): Promise<Finding> {
  const { domain } = clusterOf(environment);
  const service = 'kubernetes.default.svc';
  const short = await opens(attempt, ['resolve', service]);
  if (short !== 'open')
    return bad(
      `a pod does not find ${service} by its name: ${short}`,
      `look at "cluster DNS" above; with a DNS cache on the nodes, cluster.dns of environments/${name}.ts has to name its address`,
    );
  // With a dot at the end the name is not looked for in other domains.
  const long = await opens(attempt, ['resolve', `${service}.${domain}.`]);
  return long === 'open'
    ? good(`a pod finds Services by name, in the domain ${domain}`)
    : bad(
        `the cluster's domain is not ${domain}, which the certificates contain: ${long}`,
        `environments/${name}.ts, cluster.domain: the domain of the cluster; then npm run synth`,
      );
}

/** Whether a pod reaches the API server through its Service. */
export async function kubernetesApi(attempt: Try, { cluster, name }: Patient): Promise<Finding> {
  const service = await get<Service>(cluster, ['service', 'kubernetes', '--namespace', 'default']);
  const { clusterIP = '', ports: [port] = [] } = service?.spec ?? {};
  const result = await opens(attempt, ['connect', clusterIP, `${port?.port ?? 443}`]);
  return result === 'open'
    ? good('a pod reaches it')
    : bad(
        `a pod does not reach it at ${clusterIP}: ${result}`,
        `environments/${name}.ts, cluster.kubernetesApi: the addresses and the port that the network plugin sees; see "Kubernetes API" above`,
      );
}

/** Whether a pod reaches an object store, and trusts it; what is missing without it, and where its values stand. */
export async function objectStore(
  attempt: Try,
  { cluster, environment }: Patient,
  { host, port, caConfigMap }: ObjectStore,
  { without, place }: { readonly without: string; readonly place: string },
): Promise<Finding> {
  const authority = caConfigMap && (await authorityOf(cluster, environment.namespace, caConfigMap));
  if (caConfigMap && !authority)
    return bad(
      `there is no ConfigMap ${caConfigMap} with ca.crt, the authority that signed its certificate: ${without}`,
      `kubectl --context ${cluster.context} --namespace ${environment.namespace} create configmap ${caConfigMap} --from-file=ca.crt`,
    );
  const result = await opens(attempt, ['tls', host, `${port}`], authority ?? '');
  return result === 'open'
    ? good(`a pod reaches ${host}:${port} by TLS`)
    : bad(
        `a pod does not reach ${host}:${port} by TLS, so ${without}: ${result}`,
        `${place}: host, port, reachedAt, caConfigMap`,
      );
}

async function authorityOf(cluster: Cluster, namespace: string, name: string): Promise<string | undefined> {
  const configMap = await get<ConfigMap>(cluster, ['configmap', name, '--namespace', namespace]);
  return configMap?.data?.['ca.crt'];
}

/** What a try says in the end. A policy takes a moment before it allows something. */
async function opens(attempt: Try, arguments_: readonly string[], input?: string): Promise<string> {
  let said = '';
  await becomes(async () => {
    said = await attempt(arguments_, input);
    return said === 'open';
  });
  return said;
}
