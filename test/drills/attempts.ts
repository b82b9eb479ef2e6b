/** One attempt to write a row, with its times in seconds since 1970. */
export interface Attempt {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  /** Address of the member that acknowledged it; absent when none did. */
  readonly by?: string;
  readonly error?: string;
}

/** How `kubectl logs` ended. */
interface Log {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * The attempts in the log of a writer that has started, or in the end of that log.
 *
 * @throws Error when it could not be read, as no attempts at all would look like no fault
 */
export function attemptsIn(pod: string, { exitCode, output }: Log): Attempt[] {
  if (exitCode !== 0)
    throw new Error(
      `the log of ${pod} could not be read, kubectl ended with ${exitCode}: ${output.slice(-500)}`,
    );
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Attempt);
}

/**
 * All attempts of a writer, from its whole log.
 *
 * @throws Error when one is missing, as it may be the one that was lost
 */
export function everyAttempt(pod: string, log: Log): Attempt[] {
  const attempts = attemptsIn(pod, log);
  if (attempts.length === 0) throw new Error(`the log of ${pod} has no attempt, expected at least 1`);
  const index = attempts.findIndex(({ id }, before) => id !== before + 1);
  if (index !== -1)
    throw new Error(
      `the log of ${pod} has attempt ${attempts[index]?.id} where ${index + 1} is expected: the kubelet begins a new file ` +
        'when a log is long; hold the drill again where containerLogMaxSize is larger',
    );
  return attempts;
}

/**
 * How many rows the former primary acknowledged when another member may have begun to. Above 0, there were two primaries.
 *
 * A client knows only that a row was acknowledged between the start and the end of an attempt. The earliest moment of the
 * new primary's first row is therefore compared with the latest moment of the former primary's last row, so nothing is
 * missed. A false alarm is possible if they are less than two attempts (of 1 s) apart, or if the clocks of the writers'
 * nodes differ by that much. But another member takes over about 20 s after the last row of a primary that is frozen or
 * cut off.
 */
export function overlap(attempts: readonly Attempt[], former: string): number {
  const acknowledged = attempts.filter(({ by }) => by !== undefined);
  const takeover = Math.min(...acknowledged.filter(({ by }) => by !== former).map(({ start }) => start));
  return acknowledged.filter(({ by, end }) => by === former && end > takeover).length;
}
