import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { App } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { applicationContainer, applicationPod } from '../../charts/lib/application.ts';
import { WorkloadChart } from '../../charts/lib/workload-chart.ts';
import { migrate } from '../../charts/workloads/migrate.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import type { LocalImage } from '../../environments/environment.ts';
import { withWebImage } from '../../tools/cluster/job.ts';
import { applyTo, attemptKubectl } from '../lib/kubectl.ts';
import { type Attempt, attemptsIn, everyAttempt } from './attempts.ts';
import { sql, type Target } from './target.ts';

const script = readFileSync(new URL('writer.py', import.meta.url), 'utf8');

/** What became of a writer's rows. */
export interface Outcome {
  /** Longest time between two acknowledgements, in seconds. */
  readonly gapSeconds: number;
  readonly acknowledged: number;
  /** Attempts that failed or were not answered. */
  readonly failed: number;
  /** Acknowledged rows that are missing. */
  readonly lost: number;
  /** Rows that exist although nobody was told so. A client that repeats an insert has them twice. */
  readonly unanswered: number;
}

/** A pod that writes without pause, with the application's role, credentials, network policy and TLS. */
export interface Writer {
  readonly name: string;
  /** The newest attempt; undefined before the first. */
  newest(): Promise<Attempt | undefined>;
  /** Waits until `count` attempts in a row, all of them after this moment, are acknowledged. */
  progress(count: number, seconds: number): Promise<void>;
  /**
   * All attempts up to now.
   *
   * @throws Error if not all of them are known
   */
  attempts(): Promise<Attempt[]>;
  remove(): Promise<void>;
}

/** Creates the table that writers fill, apart from the application's own tables. */
export async function makeTable(target: Target, primary: string): Promise<void> {
  await sql(
    target,
    primary,
    `DROP SCHEMA IF EXISTS drill CASCADE;
     CREATE SCHEMA drill;
     CREATE TABLE drill.writes (
       writer text, id bigint, written timestamptz DEFAULT clock_timestamp(), PRIMARY KEY (writer, id)
     );
     GRANT USAGE ON SCHEMA drill TO coped;
     GRANT SELECT, INSERT ON drill.writes TO coped;`,
  );
}

export async function dropTable(target: Target, primary: string): Promise<void> {
  await sql(target, primary, 'DROP SCHEMA IF EXISTS drill CASCADE');
}

/**
 * Starts a writer, and waits until it runs.
 *
 * @param host the host to connect to, under a name that the certificate contains
 */
export async function startWriter(target: Target, name: string, host = 'postgres'): Promise<Writer> {
  const pod = `drill-${name}`;
  const { cluster } = target;
  const where = ['--namespace', target.namespace];
  const log = (...options: string[]) => attemptKubectl(cluster, ['logs', ...where, pod, ...options]);
  const latest = async (count: number) => attemptsIn(pod, await log('--tail', `${count}`));
  const remove = async () => {
    await cluster.kubectl(['delete', 'pod', pod, ...where, '--ignore-not-found', '--grace-period', '1']);
  };
  await remove();
  await applyTo(cluster, manifest(target, pod, [host, name]));
  // Before that there is no log; later a missing log is a fault.
  await cluster.kubectl(['wait', `pod/${pod}`, ...where, '--for', 'condition=Ready', '--timeout', '60s']);

  const newest = async () => (await latest(1)).at(-1);
  return {
    name,
    newest,
    attempts: async () => everyAttempt(pod, await log()),
    remove,
    progress: async (count, seconds) => {
      const since = (await newest())?.id ?? 0;
      const end = Date.now() + seconds * 1000;
      for (;;) {
        const last = await latest(count);
        const isNew = last.length === count && last.every(({ id, by }) => id > since && by !== undefined);
        if (isNew) return;
        if (Date.now() > end)
          throw new Error(
            `${pod} did not write ${count} rows in a row within ${seconds} s: ${last.at(-1)?.error ?? 'too few'}`,
          );
        await delay(500);
      }
    },
  };
}

function manifest(target: Target, name: string, arguments_: string[]): object {
  const environment = withWebImage(target.environment, target.webImage as LocalImage);
  const chart = new WorkloadChart(new App(), migrate, environment, workloadsOf(environment));
  new k8s.KubePod(chart, 'pod', {
    // The labels of migrations: the policies let them reach Postgres, and no Service or Deployment selects them.
    metadata: { name },
    spec: {
      ...applicationPod(chart, {
        containers: [
          applicationContainer(chart, {
            name: 'writer',
            command: ['python', '-c', script, ...arguments_],
          }),
        ],
      }),
      restartPolicy: 'Never',
    },
  });
  return chart.toJson()[0];
}

/** Compares what a writer was told with the rows that the member has. */
export async function compare(
  target: Target,
  primary: string,
  { name }: Writer,
  attempts: readonly Attempt[],
): Promise<Outcome> {
  const rows = await sql(target, primary, `SELECT id FROM drill.writes WHERE writer = '${name}'`);
  const present = new Set(rows.split('\n').filter(Boolean).map(Number));
  const acknowledged = attempts.filter(({ by }) => by !== undefined);
  const failed = attempts.filter(({ by }) => by === undefined);
  return {
    gapSeconds: largestGap(acknowledged.map(({ end }) => end)),
    acknowledged: acknowledged.length,
    failed: failed.length,
    lost: acknowledged.filter(({ id }) => !present.has(id)).length,
    unanswered: failed.filter(({ id }) => present.has(id)).length,
  };
}

function largestGap(times: readonly number[]): number {
  return times.reduce((largest, time, index) => Math.max(largest, time - (times[index - 1] ?? time)), 0);
}
