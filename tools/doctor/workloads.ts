import { type WantedWorkload, workloadStates } from '../cluster/workloads.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether the pods of every workload are ready. */
export async function workloads({ cluster, environment, name }: Patient): Promise<Finding> {
  const wanted: WantedWorkload[] = [
    ...(environment.kind === 'dev' ? [] : [{ kind: 'Deployment' as const, name: 'nginx' }]),
    { kind: 'Deployment', name: 'web' },
    { kind: 'StatefulSet', name: 'postgres' },
    { kind: 'StatefulSet', name: 'elasticsearch' },
  ];
  const states = await workloadStates(cluster, environment.namespace, wanted);
  const unready = states.filter(({ state }) => state !== 'ready');
  if (unready.length === 0) return good(`${states.map((state) => state.name).join(', ')} are ready`);
  const detail = unready.map((state) => `${state.name}: ${state.detail}`).join('; ');
  return unready.every(({ state }) => state === 'waiting-for-migrations')
    ? warning(detail, `npm run migrate -- ${name}`)
    : bad(
        detail,
        `kubectl --namespace ${environment.namespace} get pods, and describe those that are not ready`,
      );
}
