import { expect, test } from '@jest/globals';
import { untilInterrupted } from '../../../tools/terminal/interrupt.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';

const listeners = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');

test('gives the result of the work, or its error', async () => {
  const before = listeners();
  expect(await untilInterrupted(Promise.resolve(42))).toBe(42);
  await expect(untilInterrupted(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(listeners()).toBe(before);
});

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)(
  '%s ends it before the work has ended',
  async (signal) => {
    let end = () => {};
    const work = new Promise<void>((resolve) => {
      end = resolve;
    });
    const before = listeners();
    const waiting = untilInterrupted(work);
    process.emit(signal, signal);
    await expect(waiting).rejects.toThrow(new UserError(`ended by ${signal}`));
    // A second Ctrl-C must not stop what clears away.
    expect(listeners()).toBe(before + 2);
    end();
    await work;
    await new Promise(setImmediate);
    expect(listeners()).toBe(before);
  },
);
