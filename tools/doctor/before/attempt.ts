import { TooLate, until } from '../../cluster/until.ts';

/** How long a connection may take to open, or a new policy to close it, in seconds. */
const networkSeconds = 20;

/** Tries something from a pod, with the arguments of connect.py; says `open`, or why not. */
export type Try = (arguments_: readonly string[], input?: string) => Promise<string>;

/** Whether it gets true within some seconds. */
export async function becomes(isTrue: () => Promise<boolean>): Promise<boolean> {
  try {
    return await until<boolean, undefined>(
      networkSeconds,
      async () => ((await isTrue()) ? { done: true } : { waits: undefined }),
      () => 'not in time',
    );
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    return false;
  }
}
