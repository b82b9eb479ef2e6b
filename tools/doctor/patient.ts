import type { EnvironmentName } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, get } from '../cluster/cluster.ts';
import type { Secret } from '../cluster/objects.ts';
import { Unanswered } from './finding.ts';

/** What the checks look at. */
export interface Patient {
  readonly cluster: Cluster;
  readonly environment: AnyEnvironment;
  /** What the command line calls the environment. */
  readonly name: EnvironmentName;
  readonly now: Date;
}

/** Names of the pods of a workload with so many. */
export function podsOf(workload: 'postgres' | 'elasticsearch', count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${workload}-${index}`);
}

/** The answer of the first one that gives any; the last one's error when none does. */
export async function anyOf<T>(pods: readonly string[], ask: (pod: string) => Promise<T>): Promise<T> {
  const [first = '', ...others] = pods;
  try {
    return await ask(first);
  } catch (error) {
    if (others.length === 0) throw error;
    return anyOf(others, ask);
  }
}

/**
 * What a program answered as JSON.
 *
 * @throws Unanswered when it printed something else
 */
export function parse<T>(output: string): T {
  try {
    return JSON.parse(output);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Unanswered(`answered with something else than JSON: ${output.slice(0, 80)}`, 'look at its log');
  }
}

/** What a key of a Secret holds, or undefined when there is none. */
export async function secretValue(
  cluster: Cluster,
  { namespace }: AnyEnvironment,
  name: string,
  key: string,
): Promise<string | undefined> {
  const secret = await get<Secret>(cluster, [`secret/${name}`, '--namespace', namespace]);
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}
