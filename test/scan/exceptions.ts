import type { NonEmpty } from '../../environments/environment.ts';
import { dependencies } from './exceptions/dependencies.ts';
import { images } from './exceptions/images.ts';
import { manifests } from './exceptions/manifests.ts';
import { programs } from './exceptions/programs.ts';
import type { ScannerName } from './scanners.ts';

/** Findings that are right as they are. */
export interface Exception {
  /** Names of the rules, by scanner: several often see the same. */
  readonly rules: { readonly [Name in ScannerName]?: NonEmpty<string> };
  /** Where; `*` stands for any text. Each of them must be found, or the scan fails. */
  readonly objects: NonEmpty<string>;
  /** Why it is right, in whole sentences. */
  readonly reason: string;
}

/** Every exception. docs/security.md shows them: npm run scan -- --write-page */
export const exceptions: readonly Exception[] = [...manifests, ...images, ...programs, ...dependencies];
