/** The steps of a check, one after the other, each with its seconds; ends with the line `N passed, N failed`. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { environments } from '../environments/all.ts';
import { root } from '../tools/terminal/programs.ts';

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Where Jest writes what it counted. */
  readonly results?: string;
  /** What must be true of its time. */
  readonly withinSeconds?: number;
}

interface Counted {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const folder = mkdtempSync(join(tmpdir(), 'ci-'));
const results = { unit: join(folder, 'unit.json'), e2e: join(folder, 'e2e.json') };
const counting = (file: string) => ['--json', '--outputFile', file];

/** What runs an object store on the cluster, where `npm run object-store` cannot. */
const [program = 'npm', ...arguments_] = process.env.CI_OBJECT_STORE?.split(' ') ?? [
  'npm',
  'run',
  'object-store',
];
const objectStore: Step['command'] = [program, ...arguments_];

const steps: readonly Step[] = [
  { name: 'npm run lint:files', command: ['npm', 'run', '--silent', 'lint:files'] },
  {
    name: 'npm test',
    command: ['npm', 'test', '--', ...counting(results.unit)],
    results: results.unit,
    withinSeconds: 60,
  },
  { name: 'npm run up, from nothing', command: ['npm', 'run', '--silent', 'up'] },
  { name: 'an object store', command: objectStore },
  {
    name: 'npm run e2e',
    command: ['npm', 'run', '--silent', 'e2e', '--', ...counting(results.e2e)],
    results: results.e2e,
  },
];

let passed = 0;
let failed = 0;
const times: string[] = [];

for (const step of steps) {
  console.log(`\n=== ${step.name}`);
  const start = Date.now();
  const [program, ...arguments_] = step.command;
  const { exitCode } = await execa(program, arguments_, {
    cwd: root,
    reject: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  const seconds = Math.round((Date.now() - start) / 1000);
  times.push(`${step.name}: ${seconds} s`);
  const before = failed;
  if (step.results !== undefined && existsSync(step.results)) tally(step.results);
  else if (exitCode === 0) passed += 1;
  // A step may fail beside its tests: in the linter, or in a file that does not load.
  if (exitCode !== 0 && failed === before) failed += 1;
  if (step.withinSeconds !== undefined && seconds > step.withinSeconds) {
    console.log(`${step.name} took ${seconds} s; it may take ${step.withinSeconds} s`);
    failed += 1;
  }
  if (exitCode !== 0) {
    await diagnose();
    break;
  }
}

console.log(`\n${times.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function tally(file: string): void {
  const counted = JSON.parse(readFileSync(file, 'utf8')) as Counted;
  passed += counted.numPassedTests;
  failed += counted.numFailedTests + counted.numRuntimeErrorTestSuites;
}

/** What a person needs who was not there: objects, events, and the logs of every pod. */
async function diagnose(): Promise<void> {
  for (const { namespace } of Object.values(environments)) {
    console.log(`\n--- ${namespace}`);
    await show(
      'get',
      'all,networkpolicies,persistentvolumeclaims',
      '--output',
      'wide',
      '--namespace',
      namespace,
    );
    await show('get', 'events', '--sort-by', '.lastTimestamp', '--namespace', namespace);
    await show('describe', 'pods', '--namespace', namespace);
    await show(
      'logs',
      '--all-containers',
      '--prefix',
      '--tail',
      '40',
      '--selector',
      'app.kubernetes.io/part-of=coped',
      '--max-log-requests',
      '50',
      '--namespace',
      namespace,
    );
  }
}

async function show(...arguments_: string[]): Promise<void> {
  const { all } = await execa('kubectl', arguments_, { reject: false, all: true });
  console.log(all);
}
