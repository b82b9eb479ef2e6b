import { runCommand } from './program.ts';

// package.json puts `--` before this file: otherwise Node 20 would take --env-file for itself.
process.exitCode = await runCommand(process.argv.slice(2));
