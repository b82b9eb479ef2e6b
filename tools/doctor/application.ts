import { ExecaError } from 'execa';
import { manage } from '../../charts/lib/application.ts';
import type { Application, ManageCommand } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { execIn } from '../cluster/cluster.ts';
import { bad, type Finding, good } from './finding.ts';
import type { Check, Patient } from './patient.ts';

/** What the application itself checks, by the commands that environments/application.ts names. */
export function applicationChecks({ application }: AnyEnvironment): Check[] {
  const { checks = {} }: Application = application;
  return Object.entries(checks).map(([title, command]) => ({
    title,
    look: (patient) => ask(command, patient),
  }));
}

async function ask(
  command: ManageCommand,
  { cluster, environment: { namespace } }: Patient,
): Promise<Finding> {
  const place = { namespace, of: 'deployment/web', container: 'web' };
  try {
    return good(lastLine(await execIn(cluster, place, manage(command))));
  } catch (error) {
    // Without an answer of the command itself, nothing is known.
    if (!(error instanceof ExecaError) || `${error.stdout ?? ''}`.trim() === '') throw error;
    return bad(
      lastLine(`${error.stdout}`),
      `kubectl --context ${cluster.context} --namespace ${namespace} exec ${place.of} --container web -- ${manage(command).join(' ')}`,
    );
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
