import type { GatewayAddress } from '../../../environments/address.ts';
import { get } from '../../cluster/cluster.ts';
import { groupsIn } from '../../cluster/custom-kinds.ts';
import { holds } from '../../cluster/objects.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';

const group = 'gateway.networking.k8s.io';

/** What is read of a Gateway. */
interface Gateway {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly listeners: readonly {
      readonly name: string;
      /** @default 'Same' */
      readonly allowedRoutes?: { readonly namespaces?: { readonly from?: string } };
    }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Whether the Gateway is there and works, and has a listener that admits routes of the environment's namespace. */
export async function gateway(
  { cluster, environment: { namespace }, name }: Patient,
  { gateway: wanted }: GatewayAddress,
): Promise<Finding> {
  if (!(await groupsIn(cluster)).includes(group))
    return bad(
      `the cluster has no ${group}, so an HTTPRoute cannot be applied`,
      `install the Gateway API (https://gateway-api.sigs.k8s.io/guides/getting-started/) and a controller, or use an Ingress`,
    );
  const whole = `${wanted.namespace}/${wanted.name}`;
  const found = await get<Gateway>(cluster, [
    `gateways.${group}`,
    wanted.name,
    '--namespace',
    wanted.namespace,
  ]);
  const field = `environments/${name}.ts, address.gateway`;
  if (!found)
    return bad(
      `there is no Gateway ${whole}`,
      `${field}: one of those that kubectl --context ${cluster.context} get gateways -A shows`,
    );
  const { listeners } = found.spec;
  const named = listeners.filter((each) => (wanted.sectionName ?? each.name) === each.name);
  if (named.length === 0)
    return bad(
      `the Gateway ${whole} has no listener ${wanted.sectionName}; it has: ${listeners.map((each) => each.name).join(', ')}`,
      `${field}.sectionName: one of these`,
    );
  const admits = named.filter(({ allowedRoutes }) => {
    const from = allowedRoutes?.namespaces?.from ?? 'Same';
    return from === 'Same' ? wanted.namespace === namespace : from !== 'None';
  });
  if (admits.length === 0)
    return bad(
      `no listener of the Gateway ${whole} admits routes of ${namespace}: ${named.map((each) => each.name).join(', ')}`,
      'ask whoever owns the Gateway to admit it: allowedRoutes.namespaces of the listener',
    );
  return holds('Programmed', found.status?.conditions)
    ? good(
        `${whole} works, and ${admits.map((each) => each.name).join(', ')} may admit routes of ${namespace}`,
      )
    : bad(
        `the Gateway ${whole} does not work: it is not Programmed`,
        `kubectl --context ${cluster.context} describe gateway --namespace ${wanted.namespace} ${wanted.name}`,
      );
}
