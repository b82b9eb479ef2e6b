import { X509Certificate } from 'node:crypto';
import { ExecaError } from 'execa';
import { backupsOf } from '../charts/connections.ts';
import { elasticsearchUsers } from '../charts/lib/application.ts';
import { ports } from '../charts/lib/names.ts';
import { tlsSecret } from '../charts/lib/tls.ts';
import { type EnvironmentName, environments } from '../environments/all.ts';
import { credentials, hasElasticsearchTls } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { readRepository } from './backups.ts';
import { type Cluster, execIn, get, readOnlyCluster } from './cluster.ts';
import { inMember, type ListedMember, listCommand, queryMember } from './postgres-members.ts';
import { requirePrograms } from './programs.ts';
import { UserError } from './user-error.ts';
import { type WantedWorkload, workloadStates } from './workloads.ts';

/** What a check found. */
export interface Finding {
  readonly level: 'good' | 'warning' | 'bad';
  /** One clause for people. */
  readonly detail: string;
  /** What to do about it, unless it is good. */
  readonly remedy?: string;
}

/** What the checks look at. */
export interface Patient {
  readonly cluster: Cluster;
  readonly environment: AnyEnvironment;
  /** What the command line calls the environment. */
  readonly name: EnvironmentName;
  readonly now: Date;
}

interface Check {
  readonly title: string;
  readonly look: (patient: Patient) => Promise<Finding>;
  /** @default for every environment */
  readonly appliesTo?: (environment: AnyEnvironment) => boolean;
}

const good = (detail: string): Finding => ({ level: 'good', detail });
const warning = (detail: string, remedy: string): Finding => ({ level: 'warning', detail, remedy });
const bad = (detail: string, remedy: string): Finding => ({ level: 'bad', detail, remedy });

const hasBackups = (environment: AnyEnvironment) => backupsOf(environment) !== undefined;

/** Every check, in the order in which their findings are shown. */
export const checks: readonly Check[] = [
  { title: 'workloads', look: workloads },
  { title: 'Postgres members', look: postgresMembers },
  { title: 'Postgres archive', look: archive, appliesTo: hasBackups },
  { title: 'backups', look: backups, appliesTo: hasBackups },
  { title: 'restore rehearsal', look: rehearsal, appliesTo: hasBackups },
  { title: 'Elasticsearch', look: elasticsearch },
  { title: 'search index', look: searchIndex },
  { title: 'volumes', look: volumes },
  { title: 'certificates', look: certificates },
];

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
  const environment = environments[name];
  const { namespace } = environment;
  if (!(await get(cluster, ['namespace', namespace])))
    throw new UserError(
      `${name} is not deployed in "${cluster.context}": there is no namespace ${namespace}`,
    );

  console.log(`${namespace} in "${cluster.context}"`);
  const findings = await examine({ cluster, environment, name, now: new Date() }, (title, finding) =>
    console.log(line(title, finding)),
  );
  const count = findings.filter(({ level }) => level === 'bad').length;
  if (count > 0)
    throw new UserError(`${count} of ${findings.length} checks of ${name} found something wrong`);
}

/** Makes the checks that apply, all at once, and tells `report` what each found, in their order. */
export async function examine(
  patient: Patient,
  report: (title: string, finding: Finding) => void,
): Promise<Finding[]> {
  const looks = checks
    .filter(({ appliesTo }) => appliesTo?.(patient.environment) ?? true)
    .map(({ title, look }) => ({ title, finding: look(patient).catch(unanswered) }));
  const findings: Finding[] = [];
  for (const { title, finding } of looks) {
    findings.push(await finding);
    report(title, await finding);
  }
  return findings;
}

const lookAgain = 'mend what the checks above found, then look again';

/** A check that got no answer is a finding too. */
function unanswered(error: unknown): Finding {
  if (error instanceof Unanswered) return bad(error.message, error.remedy);
  if (error instanceof UserError)
    return bad(`could not be asked: ${error.message.split('\n')[0]}`, lookAgain);
  if (!(error instanceof ExecaError)) throw error;
  const lines = `${error.stderr ?? ''}`.trim().split('\n');
  // What kubectl exec adds at the end says less than the program did.
  const said = lines.filter((text) => !text.startsWith('command terminated')).at(-1) || error.shortMessage;
  return bad(`could not be asked: ${said}`, lookAgain);
}

class Unanswered extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** A finding as it is shown: a line, and another one with what to do. */
export function line(title: string, { level, detail, remedy }: Finding): string {
  const sign = { good: '✔', warning: '!', bad: '✖' }[level];
  const first = `${sign} ${title.padEnd(18)} ${detail}`;
  return remedy === undefined ? first : `${first}\n${' '.repeat(21)}→ ${remedy}`;
}

async function workloads({ cluster, environment, name }: Patient): Promise<Finding> {
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

/** Behind by more than this, a replica would take long to be ready to lead. */
const lagMebibytes = 64;

async function postgresMembers({ cluster, environment }: Patient): Promise<Finding> {
  const { namespace, postgres } = environment;
  const members = await patroniMembers(cluster, environment);
  const leaders = members.filter(({ Role }) => Role === 'Leader');
  const replicas = members.filter(({ Role }) => Role !== 'Leader');
  const list = `kubectl --namespace ${namespace} exec postgres-0 --container postgres -- patronictl list`;
  const [leader] = leaders;
  if (leader === undefined || leaders.length > 1)
    return bad(`${leaders.length} members lead, expected 1`, `look at: ${list}`);
  const ill = [
    ...(leader.State === 'running' ? [] : [`${leader.Member} leads and is ${leader.State}`]),
    ...replicas.filter(({ State }) => State !== 'streaming').map((m) => `${m.Member} is ${m.State}`),
    ...replicas
      .filter((member) => Number(member['Lag in MB'] ?? 0) > lagMebibytes)
      .map((member) => `${member.Member} is ${member['Lag in MB']} MB behind`),
  ];
  if (members.length < postgres.members)
    ill.unshift(`${members.length} of ${postgres.members} members are there`);
  if (ill.length > 0) return bad(ill.join('; '), `look at: ${list}`);
  const pending = members.filter((member) => member['Pending restart']).map(({ Member }) => Member);
  if (pending.length > 0) {
    return warning(
      `${pending.join(', ')} must restart before a changed setting holds`,
      `kubectl --namespace ${namespace} rollout restart statefulset/postgres`,
    );
  }
  const standbys = members.filter(({ Role }) => Role === 'Sync Standby').length;
  return good(
    members.length === 1
      ? `${leader.Member} is running`
      : `${leader.Member} leads, ${replicas.length} replicas are streaming, ${standbys} of them synchronous`,
  );
}

/** What Patroni says of its members; any of them that answers may be asked. */
function patroniMembers(cluster: Cluster, { namespace, postgres }: AnyEnvironment): Promise<ListedMember[]> {
  return anyOf(podsOf('postgres', postgres.members), async (pod) =>
    parse(await inMember(cluster, namespace, pod, listCommand)),
  );
}

async function archive({ cluster, environment }: Patient): Promise<Finding> {
  const members = await patroniMembers(cluster, environment);
  const leader = members.find(({ Role }) => Role === 'Leader')?.Member ?? 'postgres-0';
  const query = `SELECT json_build_object(
    'failing', coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
    'last', last_archived_time, 'failed', last_failed_wal, 'failures', failed_count,
    'seconds', extract(epoch FROM now() - last_archived_time)::int,
    'waiting', (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'))
    FROM pg_stat_archiver`;
  const answer = await queryMember(cluster, environment.namespace, leader, query);
  const archiver = parse<{
    failing: boolean;
    last?: string;
    seconds?: number;
    failed?: string;
    waiting: number;
  }>(answer);
  const log = `kubectl --namespace ${environment.namespace} logs ${leader} --container postgres`;
  if (archiver.failing)
    return bad(
      `${archiver.failed} cannot be archived, ${archiver.waiting} files wait; the last success: ${archiver.last ?? 'never'}`,
      `the reason is in: ${log}`,
    );
  if (archiver.last === undefined || archiver.last === null)
    return warning('nothing has been archived yet', `if that lasts, look at: ${log}`);
  return good(`last file ${duration(archiver.seconds ?? 0)} ago, ${archiver.waiting} wait`);
}

interface CronJob {
  readonly status?: { readonly lastSuccessfulTime?: string };
}

/** Each environment makes a backup a day at least; an hour is for the work. */
const dailySeconds = 25 * 3600;
const weeklySeconds = (7 * 24 + 1) * 3600;

/** Whether backups are made at all; on a local cluster without an object store they are not. */
async function cronJob({ cluster, environment }: Patient, name: string): Promise<CronJob | undefined> {
  return await get<CronJob>(cluster, ['cronjob', name, '--namespace', environment.namespace]);
}

const noBackups = bad(
  'none are made: it was deployed without an object store',
  'on the local cluster: npm run object-store; elsewhere deploy the environment again',
);

/** Asks the object store itself: a Job may succeed and its backup be gone. */
async function backups(patient: Patient): Promise<Finding> {
  if (!(await cronJob(patient, 'postgres-backup-full'))) return noBackups;
  const { backups: kept } = await readRepository(patient.cluster, patient.environment.namespace);
  const remedy = `npm run backup -- ${patient.name}`;
  const newest = kept.at(-1);
  if (newest === undefined) return bad('the object store holds none', remedy);
  const seconds = patient.now.getTime() / 1000 - newest.timestamp.stop;
  const detail = `the newest of ${kept.length}, ${newest.label}, is ${duration(seconds)} old`;
  return seconds > dailySeconds ? bad(detail, remedy) : good(detail);
}

async function rehearsal(patient: Patient): Promise<Finding> {
  const name = 'postgres-rehearsal';
  const found = await cronJob(patient, name);
  if (!found) return noBackups;
  const { namespace } = patient.environment;
  const remedy = `kubectl --namespace ${namespace} create job --from=cronjob/${name} ${name}-by-hand`;
  const { lastSuccessfulTime } = found.status ?? {};
  if (lastSuccessfulTime === undefined) return warning('none has succeeded yet', remedy);
  const seconds = (patient.now.getTime() - Date.parse(lastSuccessfulTime)) / 1000;
  const detail = `the last success is ${duration(seconds)} old`;
  const [, , ...days] = backupsOf(patient.environment)?.rehearsal.split(' ') ?? [];
  const longest = days.every((field) => field === '*') ? dailySeconds : weeklySeconds;
  return seconds > longest ? bad(detail, remedy) : good(detail);
}

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

interface Health {
  readonly status: 'green' | 'yellow' | 'red';
  readonly number_of_nodes: number;
}

async function elasticsearch({ cluster, environment }: Patient): Promise<Finding> {
  const { nodes } = environment.elasticsearch;
  const health = await elasticsearchHealth(cluster, environment);
  const detail = `${health.status}, ${health.number_of_nodes} of ${nodes} nodes`;
  const remedy = `it gets green by itself when all nodes are there: kubectl --namespace ${environment.namespace} logs elasticsearch-0`;
  if (health.status === 'red') return bad(detail, remedy);
  return health.status === 'yellow' || health.number_of_nodes < nodes
    ? warning(detail, remedy)
    : good(detail);
}

/** What a node says of the cluster; any of them that answers may be asked. */
async function elasticsearchHealth(cluster: Cluster, environment: AnyEnvironment): Promise<Health> {
  const { secret, key } = credentials.ELASTIC_MONITOR_PASSWORD;
  const password = await secretValue(cluster, environment, secret, key);
  if (password === undefined)
    throw new Unanswered(`there is no Secret ${secret}`, 'deploy the environment again');
  const [scheme, authority] = hasElasticsearchTls(environment)
    ? ['https', ['--cacert', 'config/tls/ca.crt']]
    : ['http', []];
  const url = `${scheme}://localhost:${ports.elasticsearch}/_cluster/health`;
  const curl = [
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    '--max-time',
    '20',
    '--config',
    '-',
    ...authority,
    url,
  ];
  return anyOf(podsOf('elasticsearch', environment.elasticsearch.nodes), async (pod) =>
    parse<Health>(
      await execIn(
        cluster,
        { namespace: environment.namespace, of: pod, container: 'elasticsearch' },
        curl,
        // On its standard input, so that no list of processes shows the password.
        `user = "${elasticsearchUsers.monitor}:${password}"`,
      ),
    ),
  );
}

async function searchIndex(patient: Patient): Promise<Finding> {
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

/** Fullness from which a volume is worth a look, and from which it is an emergency, in percent. */
const fullness = { warning: 80, bad: 90 };

async function volumes({ cluster, environment }: Patient): Promise<Finding> {
  const places = [
    ...podsOf('postgres', environment.postgres.members).map((pod) => ({
      pod,
      container: 'postgres',
      path: '/var/lib/postgresql/data',
    })),
    ...podsOf('elasticsearch', environment.elasticsearch.nodes).map((pod) => ({
      pod,
      container: 'elasticsearch',
      path: '/usr/share/elasticsearch/data',
    })),
  ];
  const used = await Promise.all(
    places.map(async ({ pod, container, path }) => {
      const command = ['df', '--output=pcent', path];
      const df = execIn(cluster, { namespace: environment.namespace, of: pod, container }, command);
      // One that cannot be asked must not hide how full the others are.
      const output = await df.catch((error) => unanswered(error).detail);
      const percent = Number(/(\d+)%/.exec(output)?.[1] ?? Number.NaN);
      return {
        percent,
        what: Number.isNaN(percent) ? `data-${pod} ${output}` : `data-${pod} is ${percent} % full`,
      };
    }),
  );
  const worthALook = used.filter(({ percent }) => !(percent < fullness.warning));
  if (worthALook.length === 0)
    return good(used.reduce((fullest, each) => (each.percent > fullest.percent ? each : fullest)).what);
  const detail = worthALook.map(({ what }) => what).join('; ');
  const remedy = 'look at the pods that cannot be asked, grow the volumes that are full: docs/volumes.md';
  return worthALook.some(({ percent }) => !(percent < fullness.bad))
    ? bad(detail, remedy)
    : warning(detail, remedy);
}

/** A certificate with fewer days than this was not renewed when it should have been. */
const certificateDays = 21;

async function certificates({ cluster, environment, now }: Patient): Promise<Finding> {
  const services = (['postgres', 'elasticsearch'] as const).filter(
    (service) => service === 'postgres' || hasElasticsearchTls(environment),
  );
  const found = await Promise.all(
    services.map(async (service) => ({
      secret: tlsSecret(service),
      days: await daysLeft(cluster, environment, tlsSecret(service), now),
    })),
  );
  const detail = found
    .map(({ secret, days }) =>
      days === undefined ? `there is no Secret ${secret}` : `${secret}: ${days} days left`,
    )
    .join(', ');
  return found.every(({ days }) => days !== undefined && days >= certificateDays)
    ? good(detail)
    : bad(
        detail,
        `kubectl --namespace ${environment.namespace} get jobs,cronjobs: the one named certificates renews them`,
      );
}

async function daysLeft(
  cluster: Cluster,
  environment: AnyEnvironment,
  secret: string,
  now: Date,
): Promise<number | undefined> {
  const certificate = await secretValue(cluster, environment, secret, 'tls.crt');
  if (certificate === undefined) return undefined;
  const { validTo } = new X509Certificate(certificate);
  return Math.floor((new Date(validTo).getTime() - now.getTime()) / 86_400_000);
}

async function secretValue(
  cluster: Cluster,
  { namespace }: AnyEnvironment,
  name: string,
  key: string,
): Promise<string | undefined> {
  const secret = await get<{ data?: Record<string, string> }>(cluster, [
    `secret/${name}`,
    '--namespace',
    namespace,
  ]);
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

/** The answer of the first one that gives any; the last one's error when none does. */
async function anyOf<T>(pods: readonly string[], ask: (pod: string) => Promise<T>): Promise<T> {
  const [first = '', ...others] = pods;
  try {
    return await ask(first);
  } catch (error) {
    if (others.length === 0) throw error;
    return anyOf(others, ask);
  }
}

function podsOf(workload: 'postgres' | 'elasticsearch', count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${workload}-${index}`);
}

/** @throws Unanswered when it is not JSON, as of a program that printed something else */
function parse<T>(output: string): T {
  try {
    return JSON.parse(output);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Unanswered(`answered with something else than JSON: ${output.slice(0, 80)}`, 'look at its log');
  }
}

/** `3 min`, `2 h`, `4 days` */
function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
