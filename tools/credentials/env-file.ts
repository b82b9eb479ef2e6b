/** A variable of an env file: its value, and its line, counted from 1. */
export interface Variable {
  readonly value: string;
  readonly line: number;
}

/** What is wrong in an env file. Its text never contains a value. */
export interface Problem {
  /** Where it is, or 0 for the file as a whole. */
  readonly line: number;
  readonly text: string;
}

/**
 * Reads `NAME=value` lines as Docker's `--env-file` does; a value may stand in single or double quotes, which are
 * taken off and in which nothing is special.
 *
 * @returns the variables, what is wrong with the lines that cannot be read, and the names that such lines begin with
 */
export function parseEnvFile(text: string): {
  variables: Map<string, Variable>;
  problems: Problem[];
  unreadable: Set<string>;
} {
  const variables = new Map<string, Variable>();
  const problems: Problem[] = [];
  const unreadable = new Set<string>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const report = (problem: string) => problems.push({ line, text: problem });

    const exported = /^export\s+(.*)$/.exec(trimmed);
    if (exported !== null) report('`export` does not belong into an env file: start the line with the name');
    const assignment = exported?.[1] ?? trimmed;
    const equals = assignment.indexOf('=');
    if (equals === -1) {
      // It may be part of a secret that was broken over two lines, so it is not repeated here.
      report('expected NAME=value, found no `=`');
      continue;
    }
    const name = assignment.slice(0, equals);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      report(
        name.trim() === name
          ? 'invalid name before `=`: expected letters, digits and _, not starting with a digit'
          : 'a blank before `=`: expected NAME=value',
      );
      unreadable.add(name.trim());
      continue;
    }
    const earlier = variables.get(name);
    if (earlier !== undefined) {
      report(`${name} stands on line ${earlier.line} already: keep one of them`);
      continue;
    }
    const value = unquote(assignment.slice(equals + 1).trim());
    if ('problem' in value) {
      report(`${name} ${value.problem}`);
      unreadable.add(name);
    } else {
      variables.set(name, { value: value.literal, line });
    }
  }
  return { variables, problems, unreadable };
}

function unquote(raw: string): { literal: string } | { problem: string } {
  const quote = raw[0];
  if (quote !== '"' && quote !== "'") {
    return /(^|\s)#/.test(raw)
      ? { problem: 'has a # after a blank: put the value into quotes, or the comment on a line of its own' }
      : { literal: raw };
  }
  const end = raw.indexOf(quote, 1);
  if (end === -1) return { problem: `has an opening ${quote} without a closing one` };
  if (end < raw.length - 1) return { problem: `has text after the closing ${quote}` };
  return { literal: raw.slice(1, -1) };
}
