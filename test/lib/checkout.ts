import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../../tools/terminal/programs.ts';

/** A change of a file: the text after a line that holds `after`, a text in place of another, or a whole new file. */
export type Edit =
  | { readonly file: string; readonly after: string; readonly add: string }
  | { readonly file: string; readonly replace: string; readonly by: string }
  | { readonly file: string; readonly copyOf: string };

/** What a copy does not need, or gets as a link. */
const notCopied = new Set(['.git', 'node_modules', '.local', 'dist']);

/** A copy of the checkout in a folder of its own, with these edits. */
export function checkoutWith(edits: readonly Edit[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  for (const name of readdirSync(root).filter((each) => !notCopied.has(each)))
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const each of edits) edit(folder, each);
  return folder;
}

export function removeCheckout(folder: string): void {
  rmSync(folder, { recursive: true });
}

/** Makes an edit in a copy. */
export function edit(folder: string, wanted: Edit): void {
  const path = join(folder, wanted.file);
  if ('copyOf' in wanted) {
    cpSync(join(root, wanted.copyOf), path);
    return;
  }
  const text = readFileSync(path, 'utf8');
  if ('replace' in wanted) {
    if (!text.includes(wanted.replace)) throw new Error(`${wanted.file} does not hold "${wanted.replace}"`);
    writeFileSync(path, text.replace(wanted.replace, wanted.by));
    return;
  }
  const lines = text.split('\n');
  const index = lines.findIndex((line) => line.includes(wanted.after));
  if (index === -1) throw new Error(`${wanted.file} has no line with "${wanted.after}"`);
  writeFileSync(path, [...lines.slice(0, index + 1), wanted.add, ...lines.slice(index + 1)].join('\n'));
}

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a program of node_modules, or Node.js itself, in a copy. */
export async function runIn(
  folder: string,
  program: string,
  arguments_: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { exitCode, all } = await execa(program, arguments_, {
    cwd: folder,
    env: { ...env },
    all: true,
    reject: false,
    preferLocal: true,
    localDir: root,
  });
  return { exitCode: exitCode ?? 1, output: all };
}
