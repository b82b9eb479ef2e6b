import { execa } from 'execa';
import { ImpossibleValue } from '../../environments/rules.ts';
import { root } from './programs.ts';

/**
 * What to show of an error. If it comes from a value of environments/ that is missing or of another kind, on which a
 * program fails that trusts its type, that is what the compiler says of the value, in one line.
 *
 * @returns the error itself when it is another one
 */
export async function explained(error: unknown): Promise<unknown> {
  if (!(error instanceof TypeError)) return error;
  const { stdout } = await execa('tsc', ['--pretty', 'false'], {
    cwd: root,
    preferLocal: true,
    reject: false,
  });
  const found = misfits(stdout);
  if (found.length === 0) return error;
  return new ImpossibleValue([...found, 'docs/application-contract.md describes each value'].join('\n'));
}

/** The innermost reason of each error in environments/, once. What is wrong with the application is so in each environment. */
export function misfits(output: string): string[] {
  const errors = output.split(/\n(?=\S)/).filter((each) => each.startsWith('environments/'));
  const places = new Map<string, string>();
  for (const each of errors) {
    const [place = '', reason = ''] = each.split(/: error TS\d+: /);
    const innermost = reason.trim().split('\n').at(-1)?.trim() ?? '';
    if (!places.has(innermost) || place.startsWith('environments/application.ts'))
      places.set(innermost, place);
  }
  return [...places].map(([reason, place]) => `${place}: ${reason}`);
}
