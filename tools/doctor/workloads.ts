import { Cron } from 'croner';
import { list } from '../cluster/cluster.ts';
import { isNamedByContent, manifestsOf, nameLabel } from '../cluster/manifests.ts';
import type { CronJob, Manifest } from '../cluster/objects.ts';
import { withReason } from '../cluster/reason.ts';
import { type Item, readItems, stateOf } from '../cluster/workloads.ts';
import { duration } from '../terminal/duration.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Check, Patient } from './patient.ts';

/** A manifest of something that runs, or that a schedule runs. */
type Runner = Extract<Manifest, { kind: 'CronJob' | 'Deployment' | 'Job' | 'StatefulSet' }>;

function isRunner(manifest: Manifest): manifest is Runner {
  return ['CronJob', 'Deployment', 'Job', 'StatefulSet'].includes(manifest.kind);
}

/** A check for each workload whose manifests run anything. */
export function workloadChecks(patient: Patient): Check[] {
  const runners = manifestsOf(patient.environment).filter(isRunner);
  const nameOf = ({ metadata }: Runner) => metadata.labels?.[nameLabel] ?? metadata.name;
  const present = askOnce(patient);
  return [...new Set(runners.map(nameOf))].map((name) => ({
    title: name,
    look: async () => {
      const { items, cronJobs } = await present();
      const findings = runners
        .filter((runner) => nameOf(runner) === name)
        .map((runner) =>
          runner.kind === 'CronJob'
            ? cronJobFinding(runner.metadata.name, cronJobs, patient)
            : podsFinding(runner.kind, presentName(runner, items), items, patient),
        );
      return worst(await Promise.all(findings));
    },
  }));
}

/** What the namespace contains, read once for all checks. */
function askOnce({ cluster, environment: { namespace } }: Patient) {
  const ask = async () => ({
    items: await readItems(cluster, namespace),
    cronJobs: await list<CronJob>(cluster, ['cronjobs', '--namespace', namespace]),
  });
  let answer: ReturnType<typeof ask> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** With other images, as on the local cluster, a Job has another name. The newest Job of its workload counts. */
function presentName({ kind, metadata }: Runner, items: readonly Item[]): string {
  if (kind !== 'Job') return metadata.name;
  const workload = metadata.labels?.[nameLabel];
  const newest = items
    .filter(
      (item) =>
        item.kind === 'Job' &&
        item.metadata.labels?.[nameLabel] === workload &&
        isNamedByContent(workload, item.metadata.name),
    )
    .toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
    .at(-1);
  return newest?.metadata.name ?? metadata.name;
}

async function podsFinding(
  kind: 'Deployment' | 'Job' | 'StatefulSet',
  workload: string,
  items: readonly Item[],
  { cluster, environment: { namespace }, name }: Patient,
): Promise<Finding> {
  const found = stateOf({ kind, name: workload }, items, cluster.context);
  const { state, detail, pod } = await withReason(cluster, namespace, found);
  const what = `${kind} ${workload} ${state === 'ready' ? detail : `is not ready: ${detail}`}`;
  if (state === 'ready') return good(what);
  if (state === 'waiting-for-migrations')
    return warning(what, `npm run migrate -- ${name} --context ${cluster.context}`);
  const which = pod ? `pod ${pod.metadata.name}` : `${kind.toLowerCase()} ${workload}`;
  return bad(what, `kubectl --context ${cluster.context} --namespace ${namespace} describe ${which}`);
}

/** Whether the last run that should have ended by now, or a later one, has succeeded. */
function cronJobFinding(
  cronJob: string,
  cronJobs: readonly CronJob[],
  { cluster, environment: { namespace }, now }: Patient,
): Finding {
  const found = cronJobs.find(({ metadata }) => metadata.name === cronJob);
  if (!found)
    return bad(
      `there is no CronJob ${cronJob}`,
      'deploy the environment again; its backups need an object store, on the local cluster: npm run object-store',
    );
  const { spec, status, metadata } = found;
  const last = status?.lastSuccessfulTime;
  const ago = last === undefined ? 'never' : `${duration((now.getTime() - Date.parse(last)) / 1000)} ago`;
  const due = lastDue(found, now);
  // postgres-restore is only the template of a Job.
  if (spec.suspend) return good(`CronJob ${cronJob} is run by commands only; last success: ${ago}`);
  if (due === undefined || Date.parse(metadata.creationTimestamp) > due.getTime())
    return good(`CronJob ${cronJob} has not had to run yet; last success: ${ago}`);
  if (last !== undefined && Date.parse(last) >= due.getTime())
    return good(`CronJob ${cronJob} succeeded ${ago}`);
  const kubectl = `kubectl --context ${cluster.context} --namespace ${namespace}`;
  return bad(
    `CronJob ${cronJob} should have succeeded since ${due.toISOString()}; last success: ${ago}`,
    `look at ${kubectl} get jobs,pods; then run it: ` +
      `${kubectl} create job --from=cronjob/${cronJob} ${cronJob}-by-hand`,
  );
}

/** When the last run began whose deadline is over. */
function lastDue({ spec }: CronJob, now: Date): Date | undefined {
  const deadlineSeconds = spec.jobTemplate.spec?.activeDeadlineSeconds ?? 0;
  const schedule = new Cron(spec.schedule, { paused: true, timezone: spec.timeZone ?? 'Etc/UTC' });
  return schedule.previousRuns(1, new Date(now.getTime() - deadlineSeconds * 1000))[0];
}

/** The findings of one workload as one: those that are not good, or otherwise all. */
function worst(findings: readonly Finding[]): Finding {
  const ill = ['bad', 'warning'].flatMap((level) => findings.filter((each) => each.level === level));
  const [first] = ill;
  const detail = (first ? ill : findings).map((each) => each.detail).join('; ');
  return first ? { ...first, detail } : good(detail);
}
