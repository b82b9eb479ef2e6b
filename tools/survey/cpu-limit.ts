import { list } from '../cluster/cluster.ts';
import type { LimitRange, ResourceQuota } from '../cluster/objects.ts';
import { most, read, type WantedPod, wantedPods } from '../cluster/requests.ts';
import { answer, Lacking, type Question } from './question.ts';

/** What is tried, in thousandths of a core, the largest first. */
const limits = [4000, 2000, 1500, 1000, 750, 500, 400, 300, 200, 150, 100, 50];

export const cpuLimit: Question = {
  value: 'cluster.cpuLimitMillicores',
  title: 'CPU limits',
  otherwise: 'the API server refuses pods',
  ask: 'whether a quota of the namespace demands limits.cpu, and for one that is large enough',
  look: async (cluster, environment) => {
    const inNamespace = ['--namespace', environment.namespace];
    const [quotas, ranges] = await Promise.all([
      list<ResourceQuota>(cluster, ['resourcequotas', ...inNamespace]),
      list<LimitRange>(cluster, ['limitranges', ...inNamespace]),
    ]);
    const demands = quotas.filter(({ spec }) => spec.hard?.['limits.cpu'] !== undefined);
    const ofContainers = ranges.flatMap(({ spec }) => spec.limits.filter(({ type }) => type === 'Container'));
    const [usual] = thousandths(ofContainers.map((each) => each.default?.cpu ?? each.max?.cpu));
    const [highest = Number.POSITIVE_INFINITY] = thousandths(ofContainers.map(({ max }) => max?.cpu));
    const [hard = Number.POSITIVE_INFINITY] = thousandths(
      demands.map(({ spec }) => spec.hard?.['limits.cpu']),
    );
    const pods = wantedPods(environment);
    const works = (limit: number | undefined) => {
      if (limit === undefined && usual === undefined) return demands.length === 0;
      if (limit === undefined && pods.some((pod) => largestRequest(pod) > Number(usual))) return false;
      const each = limit ?? Number(usual);
      return each <= highest && limitTogether(pods, each) <= hard;
    };
    const value = limits.find(works);
    const how = [
      ...demands.map(
        ({ metadata, spec }) => `ResourceQuota ${metadata.name} has limits.cpu ${spec.hard?.['limits.cpu']}`,
      ),
      ...(usual === undefined
        ? []
        : [
            `LimitRange ${ranges.map(({ metadata }) => metadata.name).join(', ')} gives containers without a limit ${usual}m`,
          ]),
    ];
    const here = `in ${environment.namespace}`;
    if (!works(undefined) && value === undefined)
      throw new Lacking(`${how.join('; ')} ${here}, which is too little for ${pods.length} pods`);
    return answer<number | undefined>(
      {
        value: works(undefined) ? undefined : value,
        how: how.length === 0 ? `no ResourceQuota has limits.cpu ${here}` : `${how.join('; ')} ${here}`,
        works,
      },
      environment.cluster?.cpuLimitMillicores,
      undefined,
    );
  },
};

/** In thousandths of a core, the smallest first. */
function thousandths(quantities: readonly unknown[]): number[] {
  return quantities
    .filter((each) => each !== undefined)
    .map((each) => Math.round(read(each) * 1000))
    .toSorted((a, b) => a - b);
}

const requestOf = ({ resources }: { readonly resources?: { readonly requests?: Record<string, unknown> } }) =>
  Math.round(read(resources?.requests?.cpu) * 1000);

function largestRequest({ spec }: WantedPod): number {
  return Math.max(...[...(spec.initContainers ?? []), ...spec.containers].map(requestOf));
}

/** What the limits of all servers and of the largest pod of a Job add up to. */
function limitTogether(pods: readonly WantedPod[], limit: number): number {
  const limitOf = ({ spec }: WantedPod) => most(spec, (each) => Math.max(limit, requestOf(each)));
  const jobs = pods.filter(({ isServer }) => !isServer);
  return (
    pods.filter(({ isServer }) => isServer).reduce((total, pod) => total + limitOf(pod), 0) +
    Math.max(0, ...jobs.map(limitOf))
  );
}
