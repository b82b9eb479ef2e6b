import { isPage, type Page, page } from './cluster.ts';

/** Asks for a page without pause, as visitors do. */
export interface Visits {
  /** Ends them. */
  stop(): Promise<{
    readonly answered: number;
    /** What was shown instead: when, the status, and why it is no answer. */
    readonly failures: readonly string[];
    readonly slowestMilliseconds: number;
  }>;
}

/** What is wrong with an answer; undefined if nothing is. */
type Judge = (answer: Page) => string | undefined;

const noPage: Judge = (answer) => (isPage(answer) ? undefined : answer.body.slice(0, 60));

/**
 * Starts a stream of requests for the first page, one after the other.
 *
 * @param site address of the site
 */
export function visit(site: string, wrongWith = noPage): Visits {
  const failures: string[] = [];
  let [answered, slowestMilliseconds, isEnding] = [0, 0, false];
  const loop = (async () => {
    while (!isEnding) {
      const start = Date.now();
      const answer = await page(`${site}/`);
      slowestMilliseconds = Math.max(slowestMilliseconds, Date.now() - start);
      const wrong = wrongWith(answer);
      if (wrong === undefined) answered += 1;
      else failures.push(`${new Date(start).toISOString()} status ${answer.status}, ${wrong}`);
    }
  })();
  return {
    stop: async () => {
      isEnding = true;
      await loop;
      return { answered, failures, slowestMilliseconds };
    },
  };
}
