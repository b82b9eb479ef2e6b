import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../terminal/user-error.ts';

/** What one look finds: the result, or what it still waits for. */
export type Look<Result, Waits = string> =
  | { readonly done: Result }
  | {
      readonly waits: Waits;
      /**
       * How much is done. Whenever it grows, the time starts again.
       * @default 0
       */
      readonly steps?: number;
    };

/** The time is over, and there is no result yet. */
export class TooLate extends UserError {}

/**
 * Looks once a second until there is a result. All tools wait in this way.
 *
 * @param timeoutSeconds how long it may take until there is a result, or until another step is done
 * @param late what to tell the person when the time is over
 * @throws TooLate when the time is over, and whatever the look throws
 */
export async function until<Result, Waits = string>(
  timeoutSeconds: number,
  look: () => Promise<Look<Result, Waits>>,
  late: (waits: Waits) => string | Promise<string>,
): Promise<Result> {
  let end = Date.now() + timeoutSeconds * 1000;
  let mostSteps = 0;
  for (;;) {
    const found = await look();
    if ('done' in found) return found.done;
    if ((found.steps ?? 0) > mostSteps) {
      mostSteps = found.steps ?? 0;
      end = Date.now() + timeoutSeconds * 1000;
    }
    if (Date.now() > end) throw new TooLate(await late(found.waits));
    await delay(1000);
  }
}
