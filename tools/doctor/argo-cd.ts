import { type Application, applicationsOf, pauseOf, resuming } from '../cluster/argo-cd.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether Argo CD brings what is in Git into the cluster. */
export async function argoCd({ cluster, environment: { namespace }, name }: Patient): Promise<Finding> {
  const [application] = await applicationsOf(cluster, namespace);
  if (!application) return good('no Application of this cluster: manifests are applied by hand');
  const who = pauseOf(application);
  if (who !== undefined) {
    const goOn =
      who === 'restore'
        ? `npm run restore -- ${name} --context ${cluster.context} goes on with it; without it: `
        : '';
    return warning(
      `${application.metadata.name} is paused by ${who}: no commit comes into the cluster`,
      `${goOn}${resuming(cluster, application)}`,
    );
  }
  const fault = faultOf(application);
  const state = `${application.metadata.name} is ${stateOf(application)}`;
  if (fault !== undefined) return bad(`${state}: ${fault}`, 'correct that in Git, or revert the commit');
  if (application.status?.sync?.status !== 'Synced')
    return warning(state, 'docs/argo-cd.md says how to sync it');
  return application.status.health?.status === 'Degraded'
    ? warning(state, 'the lines above say why')
    : good(state);
}

function stateOf({ status }: Application): string {
  const { status: sync = 'Unknown', revision } = status?.sync ?? {};
  return `${sync}${revision ? ` to ${revision.slice(0, 7)}` : ''}, ${status?.health?.status ?? 'Unknown'}`;
}

/** Why a commit does not come into the cluster. */
function faultOf({ status }: Application): string | undefined {
  const condition = status?.conditions?.find(({ type }) => type.endsWith('Error'));
  const { phase = '', message = '', retryCount = 0 } = status?.operationState ?? {};
  const hasFailed = phase === 'Failed' || phase === 'Error' || (phase === 'Running' && retryCount > 0);
  const text = condition?.message ?? (hasFailed ? message : undefined);
  return text?.replaceAll(/\s+/g, ' ').slice(0, 400);
}
