import { createInterface } from 'node:readline/promises';
import { UserError } from './user-error.ts';

/**
 * Asks before something that cannot be undone.
 *
 * @param statement what will be done, and to what
 * @param yes whether `--yes` was given, which is an answer
 * @throws UserError when the answer is no, or when nobody is there to answer
 */
export async function confirm(statement: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new UserError(
      `${statement}\nNobody is there to confirm it: nothing was changed. Give --yes to mean it.`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${statement}\nContinue? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('nothing was changed');
  } finally {
    terminal.close();
  }
}
