import { k8s } from 'cdk8s-plus-27';
import { contentHash } from './names.ts';
import type { WorkloadChart } from './workload.ts';

/** Largest number of retries that Kubernetes accepts. */
const withoutEnd = 2 ** 31 - 1;

export interface JobProps {
  readonly pod: k8s.PodSpec;
  /**
   * What the Job's name begins with.
   * @default the workload's name
   */
  readonly name?: string;
  /**
   * Whether the Job fails after three more attempts, because the person who started it sees that.
   * @default false: it is retried without end, after 10 s, 20 s and so on up to 5 min, so that nobody has to delete it
   */
  readonly endsInFailure?: boolean;
}

/**
 * A Job whose name ends in a hash of its content. Applied again, it is the same object, and nothing happens. Changed,
 * it is a new object, and runs. A finished Job is kept, because otherwise the next apply would run it again.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export class ContentNamedJob extends k8s.KubeJob {
  constructor(scope: WorkloadChart, id: string, props: JobProps) {
    const { pod, name = scope.workload.name, endsInFailure = false } = props;
    const spec: k8s.JobSpec = {
      // If the Job may fail, each failed pod is kept, with its log.
      backoffLimit: endsInFailure ? 3 : withoutEnd,
      template: {
        metadata: { labels: scope.podLabels },
        spec: { ...pod, restartPolicy: endsInFailure ? 'Never' : 'OnFailure' },
      },
    };
    super(scope, id, { metadata: { name: `${name}-${contentHash(spec)}` }, spec });
  }
}

export interface ScheduledJobProps {
  /** Minute, hour, day of the month, month, day of the week; in UTC. */
  readonly schedule: string;
  readonly pod: k8s.PodSpec;
  /** A Job that takes longer than this hangs: Kubernetes ends it, and the next one may start. */
  readonly deadlineSeconds: number;
  /** @default the workload's name */
  readonly name?: string;
  /**
   * Whether it never runs by itself, and is only the template of a Job that a command creates.
   * @default false
   */
  readonly suspend?: boolean;
}

/**
 * A CronJob: one Job at a time, tried three times. The last success and the last three failures are kept.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export class ScheduledJob extends k8s.KubeCronJob {
  constructor(scope: WorkloadChart, id: string, props: ScheduledJobProps) {
    const { schedule, pod, deadlineSeconds, name = scope.workload.name, suspend } = props;
    const metadata = { labels: scope.podLabels };
    super(scope, id, {
      metadata: { name },
      spec: {
        schedule,
        ...(suspend && { suspend }),
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata,
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: deadlineSeconds,
            template: { metadata, spec: { ...pod, restartPolicy: 'Never' } },
          },
        },
      },
    });
  }
}
