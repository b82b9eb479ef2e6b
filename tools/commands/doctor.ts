import { type EnvironmentName, environments } from '../../environments/all.ts';
import { clusterOf } from '../../environments/cluster.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { get, readOnlyCluster } from '../cluster/cluster.ts';
import { applicationChecks } from '../doctor/application.ts';
import { argoCd } from '../doctor/argo-cd.ts';
import { archivedWal, backups } from '../doctor/backups.ts';
import { certificates } from '../doctor/certificates.ts';
import { elasticsearch } from '../doctor/elasticsearch.ts';
import { externalSecrets } from '../doctor/external-secrets.ts';
import { type Finding, unanswered } from '../doctor/finding.ts';
import { leftoversSince } from '../doctor/leftovers.ts';
import type { Check, Patient } from '../doctor/patient.ts';
import { archive, postgresMembers } from '../doctor/postgres.ts';
import { redis } from '../doctor/redis.ts';
import { searchIndex } from '../doctor/search-index.ts';
import { uploads } from '../doctor/uploads.ts';
import { volumes } from '../doctor/volumes.ts';
import { workloadChecks } from '../doctor/workloads.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** What no workload's own check says, in the order in which it is shown. */
const parts: readonly (Check & {
  /** @default for every environment */
  readonly appliesTo?: (environment: AnyEnvironment) => boolean;
})[] = [
  { title: 'secret store', look: externalSecrets, appliesTo: ({ secretStore }) => secretStore !== undefined },
  { title: 'Postgres members', look: postgresMembers },
  { title: 'Postgres archive', look: archive, appliesTo: ({ backups }) => backups !== undefined },
  { title: 'archived WAL', look: archivedWal, appliesTo: ({ backups }) => backups !== undefined },
  { title: 'backups', look: backups, appliesTo: ({ backups }) => backups !== undefined },
  { title: 'Elasticsearch', look: elasticsearch },
  {
    title: 'search index',
    look: searchIndex,
    appliesTo: ({ application }) => application.searchIndex !== undefined,
  },
  { title: 'Redis memory', look: redis, appliesTo: ({ application }) => application.redis !== undefined },
  { title: 'volumes', look: volumes },
  {
    title: 'uploads',
    look: uploads,
    appliesTo: ({ application, backups }) => application.media !== undefined && backups !== undefined,
  },
  { title: 'TLS certificates', look: certificates },
  { title: 'not in dist/', look: leftoversSince },
  { title: 'Argo CD', look: argoCd, appliesTo: ({ kind }) => kind !== 'dev' },
];

/** Every check of the environment: its workloads, what no workload's own check says, and what the application checks. */
export function checksOf(patient: Patient): Check[] {
  const applying = parts.filter(({ appliesTo }) => appliesTo?.(patient.environment) ?? true);
  return [...workloadChecks(patient), ...applying, ...applicationChecks(patient.environment)];
}

/**
 * `npm run doctor -- ENVIRONMENT`: looks at a deployed environment, changes nothing, and says what is wrong with it.
 *
 * @throws UserError when the environment is not deployed, or something is wrong with it
 */
export async function doctorCommand(
  name: EnvironmentName,
  options: { readonly context?: string | undefined },
): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await readOnlyCluster(options.context);
  const environment: AnyEnvironment = environments[name];
  const { namespace } = environment;
  // Where somebody else makes it, it is there, but not everybody may ask for it.
  if (clusterOf(environment).createsNamespace && !(await get(cluster, ['namespace', namespace])))
    throw new UserError(
      `${name} is not deployed in "${cluster.context}": there is no namespace ${namespace}`,
    );

  console.log(`${namespace} in "${cluster.context}"`);
  const findings = await examine({ cluster, environment, name, now: new Date() }, (title, finding) =>
    console.log(line(title, finding)),
  );
  requireNothingBad(name, findings);
}

/** @throws UserError when a check found something wrong */
export function requireNothingBad(name: EnvironmentName, findings: readonly Finding[]): void {
  const count = findings.filter(({ level }) => level === 'bad').length;
  if (count > 0)
    throw new UserError(`${count} of ${findings.length} checks of ${name} found something wrong`);
}

/** Makes these checks, all at once, and tells `report` what each found, in their order. */
export async function examine(
  patient: Patient,
  report: (title: string, finding: Finding) => void,
  checks: readonly Check[] = checksOf(patient),
): Promise<Finding[]> {
  const looks = checks.map((check) => ({ title: check.title, finding: finding(check, patient) }));
  const findings: Finding[] = [];
  for (const { title, finding } of looks) {
    findings.push(await finding);
    report(title, await finding);
  }
  return findings;
}

/** Makes one of these checks. */
export function examineOnly(
  title: string,
  patient: Patient,
  checks: readonly Check[] = checksOf(patient),
): Promise<Finding> {
  const check = checks.find((each) => each.title === title);
  if (check === undefined)
    throw new Error(`no check "${title}"; there are: ${checks.map((each) => each.title).join(', ')}`);
  return finding(check, patient);
}

function finding({ look }: Check, patient: Patient): Promise<Finding> {
  return look(patient).catch((error) => unanswered(error, patient.environment.namespace));
}

/** Width of the titles: that of the longest name of a workload. */
export const titleWidth = 21;

/** A finding as it is shown: one line, and another one that says what to do. */
export function line(title: string, { level, detail, remedy }: Finding): string {
  const sign = { good: '✔', warning: '!', bad: '✖' }[level];
  const first = `${sign} ${title.padEnd(titleWidth)} ${detail}`;
  return remedy === undefined ? first : `${first}\n${' '.repeat(titleWidth + 3)}→ ${remedy}`;
}
