import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { contentHash } from './names.ts';
import { workloadChartOf } from './workload-chart.ts';

/** Largest number of retries that Kubernetes accepts. */
export const withoutEnd = 2 ** 31 - 1;

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
  readonly givesUp?: boolean;
}

/**
 * A Job whose name ends in a hash of its content. With the same content it is the same object, and an apply does
 * nothing. With other content it is a new object, which runs. A finished Job is kept, because otherwise the next apply would run it again.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export class ContentNamedJob extends k8s.KubeJob {
  constructor(scope: Construct, id: string, props: JobProps) {
    const chart = workloadChartOf(scope);
    const { pod, name = chart.workload.name, givesUp = false } = props;
    const spec: k8s.JobSpec = {
      // If the Job may fail, each failed pod is kept, with its log.
      backoffLimit: givesUp ? 3 : withoutEnd,
      template: {
        metadata: { labels: chart.podLabels },
        spec: { ...pod, restartPolicy: givesUp ? 'Never' : 'OnFailure' },
      },
    };
    super(scope, id, { metadata: { name: `${name}-${contentHash(spec)}` }, spec });
  }
}

export interface CronJobProps {
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
export class CronJob extends k8s.KubeCronJob {
  constructor(scope: Construct, id: string, props: CronJobProps) {
    const chart = workloadChartOf(scope);
    const { schedule, pod, deadlineSeconds, name = chart.workload.name, suspend } = props;
    const metadata = { labels: chart.podLabels };
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
