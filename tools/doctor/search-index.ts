import { ExecaError } from 'execa';
import { execIn } from '../cluster/cluster.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import { type Patient, parse } from './patient.ts';

interface IndexReport {
  readonly index: string | null;
  readonly current: boolean;
  readonly unfinished: readonly string[];
  readonly projects: number;
  readonly equal: boolean;
  readonly missing: Drift;
  readonly extra: Drift;
  readonly stale: Drift;
  readonly ahead: Drift;
}

interface Drift {
  readonly count: number;
  readonly examples: readonly string[];
}

/** Whether the search index is what Postgres has. */
export async function searchIndex(patient: Patient): Promise<Finding> {
  const report = await indexReport(patient);
  const remedy = `npm run reindex -- ${patient.name}`;
  if (report.index === null) return bad('there is no index: search is unavailable', remedy);
  const differences = (['missing', 'extra', 'stale', 'ahead'] as const)
    .filter((kind) => report[kind].count > 0)
    .map((kind) => `${report[kind].count} ${kind} (${report[kind].examples.join(', ')})`);
  if (!report.current) differences.unshift('the mapping is that of another version');
  if (differences.length > 0) return bad(`${report.index}: ${differences.join('; ')}`, remedy);
  if (report.unfinished.length > 0)
    return warning(
      `${report.unfinished.join(', ')} is being filled, or was left by a rebuild that did not end`,
      `${remedy}, unless one runs`,
    );
  return good(`${report.index} holds all ${report.projects} projects as Postgres has them`);
}

/** What the application says of its index; it ends with 1, after the report, when there is a difference. */
async function indexReport({ cluster, environment: { namespace } }: Patient): Promise<IndexReport> {
  const command = ['python', 'manage.py', 'check_index', '--json'];
  try {
    return parse(await execIn(cluster, { namespace, of: 'deployment/web', container: 'web' }, command));
  } catch (error) {
    if (error instanceof ExecaError && `${error.stdout ?? ''}`.startsWith('{'))
      return parse(`${error.stdout}`);
    throw error;
  }
}
