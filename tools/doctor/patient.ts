import type { EnvironmentName } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** What the checks look at. */
export interface Patient {
  readonly cluster: Cluster;
  readonly environment: AnyEnvironment;
  /** What the command line calls the environment. */
  readonly name: EnvironmentName;
  readonly now: Date;
}
