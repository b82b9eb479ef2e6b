import { ExecaError } from 'execa';
import type { Cluster } from '../cluster/cluster.ts';
import { nameSuffix, outputOf } from '../cluster/cron-job.ts';
import {
  boolean,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  readJson,
  recordOf,
  string,
} from '../terminal/json.ts';
import { UserError } from '../terminal/user-error.ts';
import { inMember, memberPods } from './members.ts';

/** A backup as pgBackRest describes it: times in seconds since 1970, sizes in bytes. */
export type Backup = ReturnType<typeof backup>;

const backup = object({
  label: string,
  type: oneOf('full', 'diff', 'incr'),
  timestamp: object({ start: number, stop: number }),
  info: object({ size: number, repository: object({ delta: number }) }),
  annotation: optional(recordOf(string)),
  /** Whether the checksum of a page was wrong when it was copied; absent if none was checked. */
  error: optional(boolean),
});

/** What the object store holds, as `describe-backups` in the Postgres image reports it. */
export type Repository = ReturnType<typeof repository>;

const repository = object({
  /** The oldest first. */
  backups: listOf(backup),
  /** The newest WAL segment, and when it was archived. */
  newest: nullable(object({ segment: string, at: string })),
  /** Where the first WAL gap after the newest backup begins, if there is one. */
  gap: nullable(string),
});

const describeBackups = 'describe-backups';

/**
 * What the object store holds: told by a member of Postgres, or, when none runs, by a Job.
 *
 * @throws UserError with the reason, when the object store cannot be read
 */
export async function readRepository(target: Cluster, namespace: string): Promise<Repository> {
  return (await toldByMember(target, namespace)) ?? (await toldByJob(target, namespace));
}

/**
 * What the object store holds, told by a member of Postgres, so that nothing is made; undefined when none runs.
 *
 * @throws UserError with the reason, when the object store cannot be read
 */
export async function toldByMember(target: Cluster, namespace: string): Promise<Repository | undefined> {
  const running = (await memberPods(target, namespace)).find(({ status }) =>
    status?.containerStatuses?.some(({ name, state }) => name === 'postgres' && state?.running),
  );
  return (
    running &&
    readJson(describeBackups, await describeIn(target, namespace, running.metadata.name), repository)
  );
}

async function describeIn(target: Cluster, namespace: string, pod: string): Promise<string> {
  try {
    return await inMember(target, namespace, pod, [describeBackups]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new UserError(`${error.stderr}`.replace(/\n?command terminated with exit code \d+\n?$/, ''));
  }
}

/**
 * What the object store holds, told by a Job that it makes and removes.
 *
 * @throws UserError with the reason, when the object store cannot be read
 */
export async function toldByJob(target: Cluster, namespace: string): Promise<Repository> {
  const text = await outputOf(target, namespace, 'postgres-restore', {
    suffix: nameSuffix(new Date()),
    timeoutSeconds: 300,
    change: (pod) => ({
      ...pod,
      containers: [{ ...pod.containers[0], command: ['tini', '--', describeBackups] }],
      volumes: pod.volumes.map((volume) =>
        volume.name === 'data' ? { name: 'data', emptyDir: {} } : volume,
      ),
    }),
  });
  return readJson(describeBackups, text, repository);
}
