import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/terminal/programs.ts';
import { exceptions } from './exceptions.ts';
import type { Scanner } from './scanner.ts';
import { scanners } from './scanners.ts';

/** The page that shows the scanners and the exceptions. */
export const page = join(root, 'docs', 'security.md');

const places: Record<Scanner['runs'], string> = { everywhere: 'everywhere', online: 'on GitHub' };

/** The page with its tables as they have to be. */
export function pageWithTables(): string {
  return Object.entries({ scanners: scannerRows(), exceptions: exceptionRows() }).reduce(
    (text, [name, rows]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\n).*?(<!-- end of ${name} -->)`, 's'),
        (_, start: string, end: string) =>
          `${start}\n${rows.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}\n${end}`,
      ),
    readFileSync(page, 'utf8'),
  );
}

function scannerRows(): string[][] {
  return [
    ['Scanner', 'Looks at', 'How strict', 'Runs'],
    ['---', '---', '---', '---'],
    ...scanners.map(({ name, page, looksAt, how, runs }) => [
      `[${name}](${page})`,
      looksAt,
      how,
      places[runs],
    ]),
  ];
}

function exceptionRows(): string[][] {
  return [
    ['What', 'Where', 'Why it is right'],
    ['---', '---', '---'],
    ...exceptions.map(({ rules, objects, reason }) => [
      Object.entries(rules)
        .map(([scanner, names]) => `${scanner} ${names.map(code).join(', ')}`)
        .join('; '),
      objects.map(code).join(', '),
      reason,
    ]),
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}
