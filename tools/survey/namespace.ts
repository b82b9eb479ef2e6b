import { clusterOf } from '../../environments/cluster.ts';
import { type Cluster, get } from '../cluster/cluster.ts';
import { groupsIn } from '../cluster/custom-kinds.ts';
import type { Namespace } from '../cluster/objects.ts';
import { ifAllowed, may } from '../cluster/rights.ts';
import { answer, NotSeen, type Question } from './question.ts';

export const createsNamespace: Question = {
  value: 'cluster.createsNamespace',
  title: 'namespace',
  otherwise: 'nobody makes the namespace, or kubectl apply is refused',
  ask: 'for the namespace, and for the rights of the ClusterRole admin in it',
  look: async (cluster, { namespace, ...environment }) => {
    const [own, mayChange] = await Promise.all([
      namespaceOf(cluster, namespace),
      mayAll(cluster, ['create namespaces', `patch namespaces/${namespace}`]),
    ]);
    const there = own ? 'is there' : own === null ? 'is not there' : 'may not be seen';
    return answer<false | undefined>(
      {
        value: mayChange ? undefined : false,
        how: `${namespace} ${there}, and you may ${mayChange ? '' : 'not '}make and change namespaces`,
        works: (creates) => (creates === false ? own !== null : mayChange),
      },
      environment.cluster?.createsNamespace,
      undefined,
    );
  },
};

/** @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies */
const range = 'openshift.io/sa.scc.uid-range';

export const userId: Question = {
  value: 'cluster.userId',
  title: 'user',
  otherwise: 'the API server refuses every pod',
  ask: `for the namespace; then look again: its annotation ${range} has the users that it may have`,
  look: async (cluster, { namespace, ...environment }) => {
    const [own, isOpenShift] = await Promise.all([
      namespaceOf(cluster, namespace),
      groupsIn(cluster).then((groups) => groups.includes('security.openshift.io')),
    ]);
    const text = own?.metadata.annotations?.[range];
    const fallback = clusterOf({}).userId;
    const given = clusterOf(environment).userId;
    if (text === undefined && isOpenShift)
      throw new NotSeen(
        own === null
          ? `there is no namespace ${namespace} yet`
          : `no annotation ${range} of ${namespace} can be seen`,
      );
    if (text === undefined)
      return answer(
        {
          value: fallback,
          how: `no annotation ${range} of ${namespace} chooses another`,
          works: () => true,
          isDefault: true,
        },
        given,
        fallback,
      );
    const [first, last] = rangeOf(text);
    return answer(
      {
        value: first,
        how: `${namespace} has the annotation ${range}: ${text}`,
        works: (user) => user >= first && user <= last,
      },
      given,
      fallback,
    );
  },
};

/** `1000680000/10000` and `1000680000-1000689999` are the same. */
function rangeOf(text: string): readonly [first: number, last: number] {
  const [, first, sign, second] = /^(\d+)([/-])(\d+)$/.exec(text) ?? [];
  if (first === undefined) throw new NotSeen(`the annotation ${range} is "${text}", which is no range`);
  return [Number(first), sign === '/' ? Number(first) + Number(second) - 1 : Number(second)];
}

/** The namespace; null if there is none, and undefined if the person may not ask. */
async function namespaceOf(cluster: Cluster, name: string): Promise<Namespace | null | undefined> {
  return ifAllowed(get<Namespace>(cluster, ['namespace', name]).then((found) => found ?? null));
}

async function mayAll(cluster: Cluster, what: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    what.map((each) => {
      const [verb = '', resource = ''] = each.split(' ');
      return may(cluster, verb, resource);
    }),
  );
  return answers.every(Boolean);
}
