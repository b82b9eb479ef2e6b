import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** A program that looks for what is wrong, as this project runs it. */
export interface Scanner {
  readonly name: string;
  /** What it looks at, for people. */
  readonly looksAt: string;
  /** How strict it is, for people. */
  readonly how: string;
  /** The page that explains its rules. */
  readonly page: string;
  /**
   * `everywhere`: it needs the package registries only. `online`: it needs a database or a program that no package
   * registry has, so it is run on GitHub, and fails where it cannot have them.
   */
  readonly runs: 'everywhere' | 'online';
  /** @throws UserError when it could not look at everything */
  readonly scan: (subject: Subject) => Promise<readonly Finding[]>;
}
