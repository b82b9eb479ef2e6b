import { runCommand } from './program.ts';

// package.json puts `--` before this file: else Node 20 would take --env-file for its own.
process.exitCode = await runCommand(process.argv.slice(2));
