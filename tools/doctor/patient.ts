import type { EnvironmentName } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Finding } from './finding.ts';

/** One line of the doctor. */
export interface Check {
  readonly title: string;
  readonly look: (patient: Patient) => Promise<Finding>;
}

/** What the checks look at. */
export interface Patient {
  readonly cluster: Cluster;
  readonly environment: AnyEnvironment;
  /** Name of the environment on the command line. */
  readonly name: EnvironmentName;
  readonly now: Date;
}
