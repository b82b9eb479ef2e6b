import { execIn } from '../cluster/cluster.ts';
import { podsOf } from '../cluster/pods.ts';
import { bad, type Finding, good, unanswered, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Fullness from which a volume is worth a look, and from which it is an emergency, in percent. */
const fullness = { warning: 80, bad: 90 };

/** How full the volumes are. */
export async function volumes({ cluster, environment }: Patient): Promise<Finding> {
  const places = [
    ...podsOf('postgres', environment.postgres.members).map((pod) => ({
      pod,
      container: 'postgres',
      path: '/var/lib/postgresql/data',
    })),
    ...podsOf('elasticsearch', environment.elasticsearch.nodes).map((pod) => ({
      pod,
      container: 'elasticsearch',
      path: '/usr/share/elasticsearch/data',
    })),
  ];
  const used = await Promise.all(
    places.map(async ({ pod, container, path }) => {
      const command = ['df', '--output=pcent', path];
      const df = execIn(cluster, { namespace: environment.namespace, of: pod, container }, command);
      // One that cannot be asked must not hide how full the others are.
      const output = await df.catch((error) => unanswered(error).detail);
      const percent = Number(/(\d+)%/.exec(output)?.[1] ?? Number.NaN);
      return {
        percent,
        what: Number.isNaN(percent) ? `data-${pod} ${output}` : `data-${pod} is ${percent} % full`,
      };
    }),
  );
  const worthALook = used.filter(({ percent }) => !(percent < fullness.warning));
  if (worthALook.length === 0)
    return good(used.reduce((fullest, each) => (each.percent > fullest.percent ? each : fullest)).what);
  const detail = worthALook.map(({ what }) => what).join('; ');
  const remedy = 'look at the pods that cannot be asked, grow the volumes that are full: docs/volumes.md';
  return worthALook.some(({ percent }) => !(percent < fullness.bad))
    ? bad(detail, remedy)
    : warning(detail, remedy);
}
