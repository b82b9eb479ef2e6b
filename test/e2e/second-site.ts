import type { Browser } from 'playwright-core';
import { type Outcome, runIn } from '../lib/checkout.ts';
import { eventually } from '../lib/kubectl.ts';
import { page } from './cluster.ts';

/** The commands of a copy of the checkout. */
export function commandsIn(folder: string) {
  const npm = (...arguments_: string[]): Promise<Outcome> =>
    runIn(folder, 'npm', ['run', '--silent', ...arguments_]);
  return {
    /** `npm run …` */
    npm,
    /** `npm run …` that must succeed; gives what it said. */
    succeeds: async (...arguments_: string[]): Promise<string> => {
      const { exitCode, output } = await npm(...arguments_);
      if (exitCode !== 0)
        throw new Error(`npm run ${arguments_.join(' ')} ended with ${exitCode}:\n${output}`);
      return output;
    },
  };
}

/** What a visitor of the second application has ordered. */
export interface Order {
  readonly number: number;
  /** How often a worker has begun it. */
  readonly begun: number;
  readonly outcome: string;
}

/** The site of the second application, as its visitors use it. */
export function secondSite(site: string, browser: Browser) {
  /** The orders that the page shows, the newest first. */
  const orders = async (): Promise<Order[]> => {
    const { status, body } = await page(site);
    if (status !== 200) throw new Error(`the page answered ${status}: ${body.slice(0, 500)}`);
    const rows = body.matchAll(/<td>(\d+)<\/td>\s*<td>\w+<\/td>\s*<td>(\d+)<\/td>\s*<td>(.*?)<\/td>/gs);
    return [...rows].map(([, number, begun, outcome]) => ({
      number: Number(number),
      begun: Number(begun),
      outcome: outcome ?? '',
    }));
  };
  const find = async (number: number) => (await orders()).find((each) => each.number === number);
  return {
    find,
    /** Orders something as a visitor does, and gives its number. */
    order: async (what: 'Fetch a forecast' | 'Sleep for 20 s'): Promise<number> => {
      const visitor = await browser.newPage();
      try {
        await visitor.goto(site);
        await visitor.getByRole('button', { name: what }).click();
        const text = (await visitor.locator('body').textContent()) ?? '';
        const [, number] = /order (\d+) was taken/.exec(text) ?? [];
        if (number === undefined) throw new Error(`the order was not taken: ${text.trim().slice(0, 500)}`);
        return Number(number);
      } finally {
        await visitor.close();
      }
    },
    /** Waits until a worker has begun an order. */
    begins: (number: number) =>
      eventually(`the beginning of order ${number}`, 60, async () => ((await find(number))?.begun ?? 0) > 0),
    /** Waits until an order has this outcome. */
    becomes: (number: number, outcome: RegExp, seconds: number): Promise<Order> =>
      eventually(`order ${number}: ${outcome}`, seconds, async () => {
        const found = await find(number);
        return found !== undefined && outcome.test(found.outcome) && found;
      }),
  };
}
