import type { EnvironmentName } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Change } from './fields.ts';
import type { AnyObject } from './objects.ts';

/** What a change does, the most dangerous first. */
export const levels = ['refused', 'data', 'waits', 'restarts', 'runs', 'note'] as const;

export type Level = (typeof levels)[number];

/** What a change does to what runs. */
export interface Effect {
  readonly level: Level;
  /** One clause, which goes on from the title of the level. */
  readonly text: string;
  /** The page that says what to do. */
  readonly page?: string;
}

/** An object that differs. `again` is a Job with another content, and therefore with another name. */
export interface Difference {
  readonly state: 'new' | 'changed' | 'again' | 'removed';
  readonly workload: string;
  readonly kind: string;
  /** Without the hash of its content, if it is a Job. */
  readonly name: string;
  readonly before: AnyObject | undefined;
  readonly after: AnyObject | undefined;
  readonly changes: readonly Change[];
  /** What the API server says, if it refuses the object. */
  readonly refusal?: string | undefined;
}

/** All that is compared. */
export interface Comparison {
  readonly name: EnvironmentName;
  readonly environment: AnyEnvironment;
  /** Of the cluster that is compared; undefined where commits are. */
  readonly context?: string | undefined;
  readonly before: readonly AnyObject[];
  readonly after: readonly AnyObject[];
  readonly differences: readonly Difference[];
}
