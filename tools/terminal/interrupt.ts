import { UserError } from './user-error.ts';

const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/**
 * Waits for some work, but no longer than until somebody ends this process, with Ctrl-C for example. What has to be
 * cleared away is then cleared away as after an error. Until the work has ended too, further signals do nothing.
 *
 * @throws UserError when a signal came, and whatever the work throws
 */
export function untilInterrupted<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (signal: NodeJS.Signals) => reject(new UserError(`ended by ${signal}`));
    for (const signal of signals) process.on(signal, stop);
    work.then(resolve, reject).finally(() => {
      for (const signal of signals) process.off(signal, stop);
    });
  });
}
