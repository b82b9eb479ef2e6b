import { UserError } from '../terminal/user-error.ts';

/** The newest section of CHANGELOG.md. */
export interface Section {
  readonly version: string;
  /** The day of its release, or `Unreleased`. */
  readonly date: string;
  /** What stands below its heading. */
  readonly text: string;
}

const heading = /^## \[(\d+\.\d+\.\d+)\] - (Unreleased|\d{4}-\d{2}-\d{2})$/m;

/**
 * The first section of a changelog.
 *
 * @throws UserError when its heading has another form
 * @see https://keepachangelog.com/en/1.1.0/
 */
export function newestSection(changelog: string): Section {
  const [line = 'nothing'] = /^## .*$/m.exec(changelog) ?? [];
  const [, version, date] = heading.exec(line) ?? [];
  if (version === undefined || date === undefined)
    throw new UserError(
      `CHANGELOG.md begins with ${JSON.stringify(line)}, expected "## [1.2.3] - Unreleased" or a day such as 2026-01-31`,
    );
  const after = changelog.slice(changelog.indexOf(line) + line.length);
  const [text = ''] = after.split(/^## /m);
  return { version, date, text: text.trim() };
}

/**
 * The changelog with a day in place of `Unreleased`.
 *
 * @param today as `2026-01-31`
 * @throws UserError when the first section is released already, or says nothing
 */
export function released(changelog: string, today: string): string {
  const { version, date, text } = newestSection(changelog);
  if (date !== 'Unreleased')
    throw new UserError(
      `the newest section of CHANGELOG.md is ${version}, released on ${date}; write what is new into a section of its own: "## [VERSION] - Unreleased"`,
    );
  if (!/^- /m.test(text))
    throw new UserError(`the section ${version} of CHANGELOG.md says of nothing that it is new`);
  return changelog.replace(`## [${version}] - Unreleased`, `## [${version}] - ${today}`);
}
