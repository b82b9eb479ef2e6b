import { environments } from '../../environments/all.ts';
import { readPoints } from '../application/points.ts';
import { questionOf } from '../application/question.ts';
import { execIn, get, readOnlyCluster } from '../cluster/cluster.ts';
import { upLine } from '../local/environments.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { line } from './doctor.ts';

/**
 * `npm run check-application`: checks the Django project in docker/web against docs/application-contract.md, as it runs in
 * the web pod of dev. It changes nothing.
 *
 * @throws UserError when dev is not deployed, or a point of the contract does not hold
 */
export async function checkApplicationCommand(options: {
  readonly context?: string | undefined;
}): Promise<void> {
  await requirePrograms('kubectl');
  const { dev, production } = environments;
  const cluster = await readOnlyCluster(options.context);
  const { namespace } = dev;
  if (!(await get(cluster, ['deployment', 'web', '--namespace', namespace])))
    throw new UserError(
      `dev is not deployed in "${cluster.context}"; bring it up: ${upLine('dev', cluster.context)}`,
    );

  console.log(`the application in the web pod of ${namespace}, in "${cluster.context}"`);
  const place = { namespace, of: 'deployment/web', container: 'web' };
  const question = questionOf(production, Object.values(environments));
  const program = ['python', '/srv/coped/dev/check_application.py'];
  const found = readPoints(await execIn(cluster, place, program, { input: JSON.stringify(question) }));
  for (const { title, finding } of found) console.log(line(title, finding));
  const count = found.filter(({ finding }) => finding.level === 'bad').length;
  if (count > 0) throw new UserError(`${count} of ${found.length} points of the contract do not hold`);
}
