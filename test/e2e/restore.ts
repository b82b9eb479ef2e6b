import { waitingSegments } from '../drills/log.ts';
import { healthy, sql, type Target } from '../drills/target.ts';
import { attempt, eventually } from '../lib/kubectl.ts';

/** `npm run restore` of production, without npm: a signal must reach it. */
export function restoreCommand(time: string): string[] {
  const options = ['--to', time, '--discard-newer', '--yes'];
  return ['--import', 'tsx', '--', 'tools/cli.ts', 'restore', 'production', ...options];
}

/**
 * Restores production to a time, throws away what is newer, and waits until the restored cluster has archived all it has.
 *
 * @returns what the command said
 */
export async function restoreTo(target: Target, time: string): Promise<string> {
  const { exitCode, output } = await attempt(process.execPath, restoreCommand(time));
  if (exitCode !== 0) throw new Error(`the restore to ${time} ended with ${exitCode}:\n${output}`);
  const { pod } = await healthy(target);
  await eventually('the archive', 60, async () => (await sql(target, pod, waitingSegments)) === '0');
  return output;
}
