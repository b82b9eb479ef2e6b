import { type EnvironmentName, environments } from '../../environments/all.ts';
import { chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import { checksBefore } from '../doctor/before/checks.ts';
import { openProbe } from '../doctor/before/probe.ts';
import type { Finding } from '../doctor/finding.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { examine, line, requireNothingBad } from './doctor.ts';

/**
 * `npm run doctor -- ENVIRONMENT --before`: says what a cluster lacks before an environment is deployed to it, and what to
 * do about it. It makes pods in a namespace of their own, and removes them again.
 *
 * @throws UserError when something is lacking, or the answer is no
 */
export async function doctorBeforeCommand(name: EnvironmentName, options: TargetOptions): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(
    `This makes pods that try the network and the images of ${name}, in a namespace of their own, and removes them again,`,
    options,
  );
  // One error says that the cluster does not answer, instead of each check.
  await cluster.kubectl(['get', '--raw', '/version', '--request-timeout', '20s']);
  const environment = environments[name];
  const probe = openProbe(cluster, environment);
  console.log(`"${cluster.context}", before ${environment.namespace} is deployed there`);
  const patient = { cluster, environment, name, now: new Date() };
  const checks = checksBefore(environment, probe);
  let isOver = false;
  const report = (title: string, finding: Finding) => {
    // After Ctrl-C the other checks still end, without a pod to ask.
    if (!isOver) console.log(line(title, finding));
  };
  try {
    requireNothingBad(name, await untilInterrupted(examine(patient, report, checks)));
  } finally {
    isOver = true;
    await probe.remove();
  }
}
