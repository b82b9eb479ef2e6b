import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { isForbidden } from '../cluster/rights.ts';
import { lastLine } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** A value of an environment's file that the cluster decides. */
export interface Question {
  /** Where the value stands in the file. */
  readonly value: `cluster.${string}` | `address.${string}`;
  /** Title of its line in the doctor. */
  readonly title: string;
  /** What happens with another value: a clause. */
  readonly otherwise: string;
  /**
   * Whether that is a risk only, and does not stand in the way.
   * @default false
   */
  readonly isRisk?: boolean;
  /** What to ask who runs the cluster, if the answer cannot be seen. */
  readonly ask: string;
  /** What makes the cluster suit the file, if that can be done instead. */
  readonly orElse?: (cluster: Cluster, environment: AnyEnvironment) => string;
  /**
   * Looks at the cluster, and changes nothing.
   *
   * @throws NotSeen when the cluster does not show it; ExecaError when kubectl fails
   */
  readonly look: (cluster: Cluster, environment: AnyEnvironment) => Promise<Answer>;
}

/** What the cluster says of a value. */
export interface Answer {
  /** What the file needs there; undefined if it is to say nothing. */
  readonly value: unknown;
  /** What was seen, and where: one clause. */
  readonly how: string;
  /** Whether the file may leave it out. */
  readonly isDefault: boolean;
  /** What the file says, or otherwise its default. */
  readonly given: unknown;
  /** Whether this cluster works with what the file says. */
  readonly fits: boolean;
  /** What belongs to it and could not be seen. */
  readonly unseen: readonly Unseen[];
}

/** What could not be found out. */
export interface Unseen {
  readonly why: string;
  /**
   * Whether the cluster has to offer it.
   * @default false
   */
  readonly isLacking?: boolean;
  /** What to ask who runs the cluster. */
  readonly ask: string;
}

/** The cluster does not show what it was asked for; the message says why. */
export class NotSeen extends UserError {}

/** The cluster shows that it lacks what it was asked for. */
export class Lacking extends NotSeen {}

interface Found<T> {
  readonly value: T;
  readonly how: string;
  /** Whether the cluster works with another value. */
  readonly works: (other: T) => boolean;
  /** @default whether the cluster works with the default */
  readonly isDefault?: boolean;
  readonly unseen?: readonly Unseen[];
}

/**
 * The answer that follows from what was found.
 *
 * @param given what the file says, or otherwise the default
 * @param fallback the default
 */
export function answer<T>(
  { value, how, works, isDefault, unseen = [] }: Found<T>,
  given: T,
  fallback: T,
): Answer {
  return { value, how, isDefault: isDefault ?? works(fallback), given, fits: works(given), unseen };
}

/** Asks a question. What the person may not see, or nobody can, is an answer too. */
export async function answerTo(
  question: Question,
  cluster: Cluster,
  environment: AnyEnvironment,
): Promise<Answer | Unseen> {
  try {
    return await question.look(cluster, environment);
  } catch (error) {
    if (error instanceof NotSeen)
      return { why: error.message, ask: question.ask, isLacking: error instanceof Lacking };
    if (isForbidden(error)) return { why: refusalOf(error.stderr), ask: question.ask };
    throw error;
  }
}

/** `services is forbidden: User "jane" cannot list resource "services" in …`, without what is before `User`. */
function refusalOf(stderr: unknown): string {
  return lastLine(stderr).replace(/^.*?is forbidden: /, '');
}
