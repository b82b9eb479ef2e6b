import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt } from './attempts.ts';
import { level } from './cut.ts';
import { healthy, type Member, type Target } from './target.ts';
import { compare, dropTable, makeTable, type Outcome, startWriter, type Writer } from './writer.ts';

/** A disturbance of Postgres, and what a writing client may notice of it. */
export interface Drill {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  /** Longest time without an acknowledged row, in seconds. */
  readonly maxGapSeconds: number;
  /**
   * How often it is run, unless the person says otherwise.
   * @default as often as all others
   */
  readonly runs?: number;
  /** Prepares what the drill needs, before the writer starts. */
  prepare?(target: Target): Promise<void>;
  /**
   * Causes the disturbance and waits for its end. When it returns, everything that it changed is restored.
   *
   * @returns what else to report
   * @throws Error if something that must hold did not hold
   */
  disturb(target: Target, primary: Member, writer: Writer): Promise<string>;
}

/** One run of a drill. */
export interface Run extends Outcome {
  readonly drill: Drill;
  readonly before: string;
  readonly after: string;
  /** From the beginning of the disturbance until all members were in sync again, in seconds. */
  readonly healedSeconds: number;
  /** Load of this machine in the last minute. It explains a gap only if this machine is the node. */
  readonly load: number;
  readonly note: string;
  /** What was wrong; empty if nothing was. */
  readonly faults: readonly string[];
}

/** Runs a drill under a writer, and compares the rows that were acknowledged with those that exist. */
export async function hold(target: Target, drill: Drill): Promise<Run> {
  await clear(target);
  await healthy(target);
  await drill.prepare?.(target);
  const before = await healthy(target);
  await makeTable(target, before.pod);
  const writer = await startWriter(target, 'writer');
  try {
    await writer.progress(100, 60);
    const start = Date.now();
    const [load = 0] = loadavg();
    const note = await drill.disturb(target, before, writer);
    await writer.progress(100, 120);
    const after = await healthy(target);
    const healedSeconds = (Date.now() - start) / 1000;
    await writer.progress(100, 60);
    const attempts = await writer.attempts();
    const outcome = await compare(target, after.pod, writer, attempts);
    await dropTable(target, after.pod);
    return {
      ...outcome,
      drill,
      before: before.pod,
      after: after.pod,
      healedSeconds,
      load,
      note,
      faults: faults(drill, outcome),
    };
  } finally {
    await writer.remove();
  }
}

/** Removes what an interrupted drill has left: a quota that lets no pod start, writers, a lowered level. */
async function clear({ cluster, namespace }: Target): Promise<void> {
  const left = ['quota/drill', 'pod/drill-writer', 'pod/drill-direct'];
  const options = ['--ignore-not-found', '--grace-period', '1'];
  await cluster.kubectl(['delete', ...left, '--namespace', namespace, ...options]);
  await cluster.kubectl(['label', 'namespace', namespace, `${level}=restricted`, '--overwrite']);
}

/** What was wrong. */
export function faults(
  { maxGapSeconds }: Pick<Drill, 'maxGapSeconds'>,
  { gapSeconds, lost }: Outcome,
): string[] {
  return [
    ...(gapSeconds > maxGapSeconds
      ? [`no row was acknowledged for ${gapSeconds.toFixed(1)} s; at most ${maxGapSeconds} s are allowed`]
      : []),
    ...(lost > 0 ? [`${lost} acknowledged rows are lost`] : []),
  ];
}

/** Waits until a member other than the given one acknowledges rows. */
export async function takenOver(writer: Writer, former: Member, seconds = 60): Promise<Attempt> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const newest = await writer.newest();
    if (newest?.by !== undefined && newest.by !== former.address) return newest;
    if (Date.now() > end) throw new Error(`no other member than ${former.pod} took over within ${seconds} s`);
    await delay(500);
  }
}
