import { ExecaError } from 'execa';
import { manage } from '../../charts/lib/application.ts';
import { execIn } from '../cluster/cluster.ts';
import { boolean, listOf, nullable, number, object, readJson, string } from '../terminal/json.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

const differences = object({ count: number, examples: listOf(string) });

const report = object({
  index: nullable(string),
  current: boolean,
  unfinished: listOf(string),
  projects: number,
  missing: differences,
  extra: differences,
  stale: differences,
  ahead: differences,
});

/** Whether the search index is equal to Postgres. */
export async function searchIndex(patient: Patient): Promise<Finding> {
  const found = await indexReport(patient);
  const remedy = `npm run reindex -- ${patient.name} --context ${patient.cluster.context}`;
  if (found.index === null) return bad('there is no index: search is unavailable', remedy);
  const drift = (['missing', 'extra', 'stale', 'ahead'] as const)
    .filter((kind) => found[kind].count > 0)
    .map((kind) => `${found[kind].count} ${kind} (${found[kind].examples.join(', ')})`);
  if (!found.current) drift.unshift('the mapping is that of another version');
  if (drift.length > 0) return bad(`${found.index}: ${drift.join('; ')}`, remedy);
  if (found.unfinished.length > 0)
    return warning(
      `${found.unfinished.join(', ')} is being filled, or was left by a rebuild that did not end`,
      `${remedy}, unless one runs`,
    );
  return good(`${found.index} holds all ${found.projects} projects as Postgres has them`);
}

/** What the application reports about its index; its exit code is 1 if there is a difference. */
async function indexReport({
  cluster,
  environment: {
    namespace,
    application: { searchIndex },
  },
}: Patient): Promise<ReturnType<typeof report>> {
  if (searchIndex === undefined) throw new Error('asked for the index of an application that has none');
  const command = manage(searchIndex.check);
  try {
    const answer = await execIn(cluster, { namespace, of: 'deployment/web', container: 'web' }, command);
    return readJson(searchIndex.check[0], answer, report);
  } catch (error) {
    if (error instanceof ExecaError && `${error.stdout ?? ''}`.startsWith('{'))
      return readJson(searchIndex.check[0], `${error.stdout}`, report);
    throw error;
  }
}
