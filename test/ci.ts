/** The steps of a check, one after the other, each with its seconds; ends with the line `N passed, N failed`. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { environments } from '../environments/all.ts';
import { kindCluster, kindContext } from '../tools/cluster/cluster.ts';
import { root, succeeds } from '../tools/terminal/programs.ts';
import { chosen } from './e2e/files.ts';

/** Where docker, kind and kubectl are: a program that starts them, runs commands with them, and stops them. */
type Place = '.ci/real-kind' | '.ci/stand-in' | 'this machine';
type Command = readonly [string, ...string[]];

interface Step {
  readonly name: string;
  readonly command: Command;
  /** @default 'this machine' */
  readonly place?: Place;
  /** What has to be run in the end when this has been begun. */
  readonly stop?: Command;
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
const stops: Command[] = [];
const times: string[] = [];
let passed = 0;
let failed = 0;
let group: number | undefined;
let signal: NodeJS.Signals | undefined;

for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first one ends the step; what stops the clusters goes on to its end.
    if (signal !== undefined) return;
    signal = name;
    if (group !== undefined) process.kill(-group, 'SIGTERM');
  });
}

const start = Date.now();
try {
  for (const step of await steps()) {
    if (step.stop !== undefined) stops.push(step.stop);
    const isWell = await hold(step);
    if (!isWell && signal === undefined) await diagnose(step.place);
    if (!isWell || signal !== undefined) break;
  }
} finally {
  for (const stop of stops) await show(stop);
  rmSync(folder, { recursive: true });
}
console.log(`\n${[...times, `in all: ${secondsSince(start)} s`].join('\n')}\n`);
if (signal !== undefined) console.log(`ended by ${signal}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = signal !== undefined ? 128 + constants.signals[signal] : failed > 0 ? 1 : 0;

async function steps(): Promise<Step[]> {
  const first = [
    { name: 'npm run lint:files', command: npm('lint:files') },
    { name: 'npm run scan', command: npm('scan') },
    { name: 'npm run scan:worse', command: npm('scan:worse') },
    // Some 40 s on two idle cores one day, and 93 s the next.
    withResults({ name: 'npm test', command: npm('test'), withinSeconds: 180 }),
    withResults({
      name: 'npm test, with another environment of each kind',
      command: npm('test:environments'),
    }),
    withResults({ name: 'npm run test:copies', command: npm('test:copies') }),
  ];
  const isDockerThere = (await succeeds('docker', ['version'])) && (await succeeds('kind', ['version']));
  return [...first, ...(isDockerThere ? await onThisMachine() : elsewhere())];
}

/** With the docker and the kind of this machine. */
async function onThisMachine(): Promise<Step[]> {
  const { stdout } = await execa('kind', ['get', 'clusters']);
  if (stdout.split('\n').includes(kindCluster))
    throw new Error(
      `this machine has a kind cluster "${kindCluster}", and this check makes one; remove it, with its data, by: npm run down -- --delete-data`,
    );
  return [
    { name: 'npm run up', command: npm('up'), stop: npm('down', '--delete-data', '--yes') },
    withResults({ name: 'npm run e2e', command: npm('e2e') }),
  ];
}

/**
 * Without those: README's commands, live edits and the steps by hand with the real docker and kind, which take minutes to
 * start, and all else on a cluster that starts in seconds.
 */
function elsewhere(): Step[] {
  const [real, standIn] = ['.ci/real-kind', '.ci/stand-in'] as const;
  const ofRealKind = ['01-dev', '26-dev', '20-by-hand'];
  const rest = chosen([]).files.filter((file) => !ofRealKind.some((name) => file.includes(name)));
  return [
    { name: 'the real docker and kind', command: [real, 'start'], stop: [real, 'stop'] },
    { name: 'npm run up, on the real kind', command: [real, 'run', ...npm('up')], place: real },
    withResults({
      name: 'npm run e2e, on the real kind',
      command: [real, 'run', ...npm('e2e', ...ofRealKind)],
      place: real,
    }),
    { name: 'the end of the real kind', command: [real, 'stop'] },
    { name: 'the stand-in cluster', command: [standIn, 'start'], stop: [standIn, 'stop'] },
    withResults({
      name: 'npm run e2e, on the stand-in cluster',
      command: [standIn, 'run', ...npm('e2e', ...rest)],
      place: standIn,
    }),
  ];
}

function npm(script: string, ...arguments_: string[]): Command {
  return ['npm', 'run', '--silent', script, '--', ...arguments_];
}

/** A step that runs Jest, which says how many tests passed. */
function withResults(step: Step): Step {
  const results = join(folder, `${step.name}.json`);
  return { ...step, results, command: [...step.command, '--json', `--outputFile=${results}`] };
}

/** @returns whether it ended well */
async function hold({
  name,
  command,
  results,
  withinSeconds = Number.POSITIVE_INFINITY,
}: Step): Promise<boolean> {
  console.log(`\n=== ${name}`);
  const start = Date.now();
  const exitCode = await show(command);
  const seconds = secondsSince(start);
  times.push(`${name}: ${seconds} s`);
  const before = failed;
  if (results !== undefined && existsSync(results)) tally(results);
  else if (exitCode === 0) passed += 1;
  // A step may fail beside its tests: in the linter, or in a file that does not load.
  if (exitCode !== 0 && failed === before) failed += 1;
  if (seconds > withinSeconds) {
    console.log(`${name} took ${seconds} s; it may take ${withinSeconds} s`);
    failed += 1;
  }
  return exitCode === 0;
}

/** Runs a command in a process group of its own, which a signal ends with all that it has started. */
async function show([program, ...arguments_]: Command): Promise<number> {
  const running = execa(program, arguments_, {
    cwd: root,
    env: { E2E_DELETE_DATA: 'yes' }, // the clusters are made for this check
    reject: false,
    detached: true,
    cleanup: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  group = running.pid;
  const { exitCode = 1 } = await running;
  if (signal !== undefined && group !== undefined) await theEndOf(group);
  group = undefined;
  return exitCode;
}

/** Waits until nothing of a process group is left, and ends by force what does not end by itself. */
async function theEndOf(group: number): Promise<void> {
  const end = Date.now() + 20_000;
  const signalAll = (signal: 0 | 'SIGKILL') => {
    try {
      return process.kill(-group, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  };
  while (signalAll(Date.now() > end ? 'SIGKILL' : 0)) await delay(100);
}

function secondsSince(start: number): number {
  return Math.round((Date.now() - start) / 1000);
}

function tally(file: string): void {
  const counted = JSON.parse(readFileSync(file, 'utf8')) as Counted;
  passed += counted.numPassedTests;
  failed += counted.numFailedTests + counted.numRuntimeErrorTestSuites;
}

/** What a person needs who was not there: objects, events, and the logs of every pod. */
async function diagnose(place: Place = 'this machine'): Promise<void> {
  const kubectl = async (...arguments_: string[]) => {
    const command: Command = ['kubectl', '--context', kindContext, ...arguments_];
    await show(place === 'this machine' ? command : [place, 'run', ...command]);
  };
  for (const { namespace } of Object.values(environments)) {
    console.log(`\n--- ${namespace}`);
    const where = ['--namespace', namespace];
    await kubectl('get', 'all,networkpolicies,persistentvolumeclaims', '--output', 'wide', ...where);
    await kubectl('get', 'events', '--sort-by', '.lastTimestamp', ...where);
    await kubectl('describe', 'pods', ...where);
    const pods = ['--selector', 'app.kubernetes.io/part-of=coped', '--max-log-requests', '50'];
    await kubectl('logs', ...pods, '--all-containers', '--prefix', '--tail', '40', ...where);
  }
}
