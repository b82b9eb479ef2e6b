import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import { readOnlyCluster } from '../cluster/cluster.ts';
import { readManifests } from '../cluster/manifests.ts';
import { compare, type WorkloadReport } from '../diff/compare.ts';
import { liveManifests } from '../diff/live.ts';
import { markdown } from '../diff/markdown.ts';
import type { AnyObject } from '../diff/objects.ts';
import { commitOf, manifestsAt } from '../diff/reference.ts';
import { text } from '../diff/text.ts';
import { requirePrograms, root } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

export const formats = ['text', 'markdown', 'json'] as const;

export interface DiffOptions {
  /**
   * A commit, branch or tag, or `cluster` for what runs.
   * @default the commit at which the checked-out branch has left main
   */
  readonly against?: string | undefined;
  readonly format: (typeof formats)[number];
  /** For `cluster`: the context of kubectl. */
  readonly context?: string | undefined;
}

/** The answer as JSON. */
export interface DiffReport {
  readonly environment: EnvironmentName;
  /** The folder whose manifests are compared. */
  readonly manifests: string;
  /** With what. */
  readonly against: string;
  readonly workloads: readonly WorkloadReport[];
}

/**
 * `npm run diff -- ENVIRONMENT`: says in words what the manifests in dist/ change, and what an apply of them would do. It
 * changes nothing.
 *
 * @throws UserError when there are no manifests, no such commit, or no cluster
 */
export async function diffCommand(name: EnvironmentName, options: DiffOptions): Promise<void> {
  const manifests = manifestsFolder(name);
  if (!existsSync(join(root, manifests)))
    throw new UserError(`there is no folder ${manifests}: make it with npm run synth`);
  const after = readManifests(join(root, manifests));
  const { command, ...found } =
    options.against === 'cluster'
      ? await running(name, after, options)
      : await committed(name, after, options);
  show({ environment: name, manifests: `${manifests}/`, ...found }, options, command);
}

interface Found extends Pick<DiffReport, 'against' | 'workloads'> {
  /** The command that finds it again, for people. */
  readonly command: string;
}

async function committed(
  name: EnvironmentName,
  after: readonly AnyObject[],
  { against, context }: DiffOptions,
): Promise<Found> {
  if (context !== undefined) throw new UserError('--context names a cluster, and needs --against cluster');
  await requirePrograms('git');
  const commit = await commitOf(against);
  const before = await manifestsAt(commit, manifestsFolder(name));
  const workloads = compare({ name, environment: environments[name], before, after });
  const command = `npm run diff -- ${name}${against === undefined ? '' : ` --against ${against}`}`;
  return { against: `${against ?? 'main'} (${commit.slice(0, 10)})`, workloads, command };
}

async function running(
  name: EnvironmentName,
  wanted: readonly AnyObject[],
  { context }: DiffOptions,
): Promise<Found> {
  await requirePrograms('kubectl');
  const cluster = await readOnlyCluster(context);
  const environment = environments[name];
  const { refusals, ...both } = await liveManifests(cluster, environment.namespace, wanted);
  const workloads = compare({ name, environment, context: cluster.context, ...both }, refusals);
  const command = `npm run diff -- ${name} --against cluster --context ${cluster.context}`;
  return { against: `what runs in "${cluster.context}"`, workloads, command };
}

function show(report: DiffReport, { format }: DiffOptions, command: string): void {
  const { environment, manifests, against, workloads } = report;
  if (format === 'json') {
    console.log(JSON.stringify(report, undefined, 2));
    return;
  }
  const title =
    workloads.length === 0
      ? `${environment}: ${manifests} does not differ from ${against}`
      : `${environment}: ${manifests} against ${against}`;
  console.log(format === 'markdown' ? markdown(title, command, workloads) : text(title, workloads));
}
