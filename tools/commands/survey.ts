import { type EnvironmentName, environments } from '../../environments/all.ts';
import { readOnlyCluster } from '../cluster/cluster.ts';
import { blockOf, unseenOf } from '../survey/block.ts';
import { askAll } from '../survey/questions.ts';
import { requirePrograms } from '../terminal/programs.ts';

/**
 * `npm run survey -- ENVIRONMENT`: looks at a cluster, changes nothing, and prints what an environment's file has to say of
 * it, and what could not be found out.
 *
 * @throws UserError when there is no cluster
 */
export async function surveyCommand(
  name: EnvironmentName,
  options: { readonly context?: string | undefined },
): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await readOnlyCluster(options.context);
  // One error says that the cluster does not answer, instead of each question.
  await cluster.kubectl(['get', '--raw', '/version', '--request-timeout', '20s']);
  const environment = environments[name];
  const answered = await askAll(cluster, environment);
  console.log(`// For environments/${name}.ts, by what is in "${cluster.context}".`);
  console.log(blockOf(answered, environment));
  const unseen = unseenOf(answered);
  if (unseen.length > 0) console.log(['', 'Could not be found out:', ...unseen].join('\n'));
}
