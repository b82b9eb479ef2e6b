import { redisCli } from '../../charts/configuration/redis.ts';
import { execIn } from '../cluster/cluster.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Percentage of Redis' memory from which it is a warning; when it is full, Redis refuses every write. */
const full = 80;

/** Whether Redis has memory left, and can write to its volume. */
export async function redis({ cluster, environment }: Patient): Promise<Finding> {
  const { namespace, application } = environment;
  const kind = application.redis?.storageGibibytes === undefined ? 'deployment' : 'statefulset';
  const answer = await execIn(cluster, { namespace, of: `${kind}/redis`, container: 'redis' }, [
    'sh',
    '-c',
    redisCli('info everything'),
  ]);
  const value = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(answer)?.[1] ?? '';
  if (value('aof_last_write_status') === 'err')
    return bad(
      'it cannot write to its volume, and refuses what it is given',
      `its volume may be full: kubectl --context ${cluster.context} --namespace ${namespace} logs ${kind}/redis`,
    );
  const percent = Math.round((Number(value('used_memory')) / Number(value('maxmemory'))) * 100);
  const detail = `${percent} % of ${value('maxmemory_human')} used, ${value('connected_clients')} clients`;
  if (!(percent < full))
    return warning(
      detail,
      'a full Redis refuses tasks: see that the workers keep up, or give redis more memory in environments/application.ts',
    );
  return good(detail);
}
