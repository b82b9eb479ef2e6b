/**
 * `npm run scan -- [--online] [NAME…]`: runs the scanners that need nothing but package registries, with `--online` all of
 * them, or those that are named. It fails if one of them finds something that test/scan/exceptions/ does not explain,
 * or no longer finds what is explained there. `--write-page` writes the tables of docs/security.md, and scans nothing.
 */
import { writeFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UserError } from '../../tools/terminal/user-error.ts';
import { exceptions } from './exceptions.ts';
import { judge } from './finding.ts';
import { page, pageWithTables } from './page.ts';
import { type Scanned, scan } from './scan.ts';
import type { Scanner } from './scanner.ts';
import { scanners } from './scanners.ts';
import { subject } from './subject.ts';

try {
  const program = new Command('npm run scan --')
    .description('look for what is wrong in manifests, images, workflows, programs and dependencies')
    .argument('[name...]', 'only these scanners')
    .option('--online', 'also those that need more than package registries', false)
    .option('--write-page', 'write the tables of docs/security.md, and scan nothing', false)
    .exitOverride()
    .parse();
  const { online, writePage } = program.opts<{ readonly online: boolean; readonly writePage: boolean }>();
  if (writePage) writeFileSync(page, pageWithTables());
  else process.exitCode = report(await scan(chosen(program.args, online), subject())) ? 0 : 1;
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof UserError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } else throw error;
}

function chosen(names: readonly string[], online: boolean): readonly Scanner[] {
  const all: readonly Scanner[] = scanners;
  if (names.length === 0) return all.filter(({ runs }) => online || runs === 'everywhere');
  return names.map((name) => {
    const found = all.find((each) => each.name === name);
    if (found) return found;
    const known = all.map((each) => each.name).join(', ');
    throw new UserError(`no scanner has the name "${name}"; there are: ${known}`);
  });
}

/** Says what is wrong, and what to do. Returns whether all is well. */
function report({ found, failures }: Scanned): boolean {
  const { unexplained, stale } = judge(found, exceptions);
  for (const { scanner, rule, object, says } of unexplained)
    console.error(`\n${scanner} ${rule}\n  ${object}: ${says}`);
  for (const each of stale) console.error(`\nneedless exception: ${each}`);
  for (const failure of failures) console.error(`\n${failure}`);
  const pages = new Set(
    scanners
      .filter(({ name }) => unexplained.some(({ scanner }) => scanner === name))
      .map(({ page }) => page),
  );
  if (unexplained.length > 0)
    console.error(
      `\nCorrect what was found; if it is right as it is, say why in test/scan/exceptions/. The rules: ${[...pages].join(' ')}`,
    );
  if (stale.length > 0) console.error('\nDelete what is needless from test/scan/exceptions/.');
  const wrong = unexplained.length + stale.length + failures.length;
  console.log(
    wrong === 0
      ? '\nnothing is unexplained'
      : `\n${unexplained.length} findings without a reason, ${stale.length} needless exceptions, ${failures.length} scanners failed`,
  );
  return wrong === 0;
}
