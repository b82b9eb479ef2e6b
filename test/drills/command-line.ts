import { type Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../../tools/terminal/user-error.ts';

/** How often a drill is run, unless the person or the drill says otherwise. */
export const defaultRuns = 3;

/** @param exceptions drills that are run another number of times, unless the person says otherwise */
export function runsOption(exceptions: readonly string[] = []): Option {
  const defaults = [`${defaultRuns}`, ...exceptions].join('; ');
  return new Option('--runs <count>', `how often each drill is held (default: ${defaults})`).argParser(
    wholeNumber,
  );
}

export const yesOption = new Option('-y, --yes', 'answer yes to every question').default(false);

/** Runs the command that the person typed. A fault, or a mistake of theirs, is reported without a stack trace. */
export async function parse(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`\nerror: ${error.message}`);
    process.exitCode = 1;
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('it must be a whole number, at least 1.');
  return number;
}
