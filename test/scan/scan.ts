import { ExecaError } from 'execa';
import { UserError } from '../../tools/terminal/user-error.ts';
import type { Finding } from './finding.ts';
import type { Scanner } from './scanner.ts';
import { removeSubject, type Subject } from './subject.ts';

/** What scanners found, and which of them could not do their work. */
export interface Scanned {
  readonly found: ReadonlyMap<string, readonly Finding[]>;
  readonly failures: readonly string[];
}

/** Runs scanners, all at once, and removes what they have looked at. */
export async function scan(scanners: readonly Scanner[], subject: Subject): Promise<Scanned> {
  const found = new Map<string, readonly Finding[]>();
  const failures: string[] = [];
  const run = async (scanner: Scanner) => {
    const start = Date.now();
    try {
      const findings = await scanner.scan(subject);
      found.set(scanner.name, findings);
      console.log(
        `${scanner.name}: ${findings.length} findings, after ${Math.round((Date.now() - start) / 1000)} s`,
      );
    } catch (error) {
      if (!(error instanceof UserError || error instanceof ExecaError)) throw error;
      failures.push(`${scanner.name} failed: ${error.message}`);
    }
  };
  try {
    await Promise.all(scanners.map(run));
  } finally {
    removeSubject(subject);
  }
  return { found, failures };
}
