import { ExecaError } from 'execa';
import { UnexpectedAnswer } from '../terminal/json.ts';
import { UserError } from '../terminal/user-error.ts';

/** What a check found. */
export interface Finding {
  readonly level: 'good' | 'warning' | 'bad';
  /** One clause for people. */
  readonly detail: string;
  /** What to do about it, unless it is good. */
  readonly remedy?: string;
}

/** Nothing is to be done. */
export const good = (detail: string): Finding => ({ level: 'good', detail });
/** Something may need attention. */
export const warning = (detail: string, remedy: string): Finding => ({ level: 'warning', detail, remedy });
/** Something is wrong: the command fails. */
export const bad = (detail: string, remedy: string): Finding => ({ level: 'bad', detail, remedy });

const lookAgain = 'correct what the checks above found, then look again';

/**
 * A check that got no answer is a finding too. What a person may not see outside of the environment's namespace may be well.
 *
 * @param namespace of the environment
 */
export function unanswered(error: unknown, namespace: string): Finding {
  if (error instanceof UnexpectedAnswer)
    return bad(error.message, 'look at its log; its version may not be that of this checkout');
  if (error instanceof UserError)
    return bad(`could not be asked: ${error.message.split('\n')[0]}`, lookAgain);
  if (!(error instanceof ExecaError)) throw error;
  const lines = `${error.stderr ?? ''}`.trim().split('\n');
  const forbidden = /User .* cannot \S+ resource .*/.exec(lines.find(isForbidden) ?? '')?.[0];
  if (forbidden !== undefined && !forbidden.endsWith(`in the namespace "${namespace}"`))
    return warning(
      `could not be seen: ${forbidden}`,
      'ask who runs the cluster, or look with the --context of an account that may',
    );
  // The line that kubectl exec adds at the end says less than the program did.
  const said = lines.filter((text) => !text.startsWith('command terminated')).at(-1) || error.shortMessage;
  return bad(`could not be asked: ${said}`, lookAgain);
}

function isForbidden(line: string): boolean {
  return line.startsWith('Error from server (Forbidden)');
}
