import { siteUrl } from '../../charts/lib/application.ts';
import type { LocalEnvironment } from '../../environments/environment.ts';
import { kindContext } from '../cluster/cluster.ts';
import { manifestsOf } from '../cluster/manifests.ts';
import type { Service } from '../cluster/objects.ts';

/**
 * How a person finds the site. kind.yaml maps a port of localhost to the node of its own cluster; to another one kubectl
 * forwards the same port. Where the image of dev has the source, an edit is not live, which is said.
 */
export function siteAt(context: string, environment: LocalEnvironment): string {
  const url = siteUrl(environment);
  if (context === kindContext) return url;
  const { namespace, address } = environment;
  const services = manifestsOf(environment).filter(({ kind }) => kind === 'Service') as unknown as Service[];
  const visited = services.find(({ spec }) =>
    spec.ports?.some(({ nodePort }) => nodePort === address.nodePort),
  );
  if (!visited) throw new Error(`no Service of ${namespace} has the NodePort ${address.nodePort}`);
  const ports = `${address.port}:${visited.spec.ports?.[0]?.port}`;
  const lines = [
    `${url}, as long as this runs:`,
    `  kubectl --context ${context} port-forward --namespace ${namespace} service/${visited.metadata.name} ${ports}`,
  ];
  if (environment.kind === 'dev' && !environment.liveEdit)
    lines.push(
      `the source is in its image, as this cluster does not mount it: after an edit run npm run up -- --context ${context} again`,
    );
  return lines.join('\n');
}
