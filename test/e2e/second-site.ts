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
export function secondSite(site: string, browser: Pick<Browser, 'newPage'>) {
  /** The orders that the page shows, the newest first. */
  const orders = async (): Promise<Order[]> => {
    const { status, body } = await page(site);
    // Django's error page begins with its styles.
    const text = body.replace(/<style>.*?<\/style>/s, '');
    if (status !== 200) throw new Error(`the page answered ${status}: ${text.slice(0, 500)}`);
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
    /** Orders something as a visitor does, and gives its number. A letter is written to an address. */
    order: async (
      what: 'Fetch a forecast' | 'Sleep for 20 s' | 'Write a letter',
      recipient?: string,
    ): Promise<number> => {
      const visitor = await browser.newPage();
      try {
        await visitor.goto(site);
        if (recipient !== undefined) await visitor.getByLabel('Write to').fill(recipient);
        await visitor.getByRole('button', { name: what }).click();
        const text = (await visitor.locator('body').textContent()) ?? '';
        const [, number] = /order (\d+) was taken/.exec(text) ?? [];
        if (number === undefined) throw new Error(`the order was not taken: ${text.trim().slice(0, 500)}`);
        return Number(number);
      } finally {
        await visitor.close();
      }
    },
    /** Uploads a file as the picture of a station, as a visitor does; gives the status of the answer, and what is shown. */
    upload: async (
      station: string,
      file: { readonly name: string; readonly buffer: Buffer },
    ): Promise<{ readonly status: number; readonly text: string }> => {
      const visitor = await browser.newPage();
      try {
        await visitor.goto(`${site}/${station}/`);
        await visitor.getByLabel('Picture').setInputFiles({ mimeType: 'image/png', ...file });
        const answer = visitor.waitForResponse((response) => response.request().method() === 'POST');
        await visitor.getByRole('button', { name: 'Upload' }).click();
        const status = (await answer).status();
        await visitor.waitForLoadState();
        return { status, text: (await visitor.locator('body').textContent()) ?? '' };
      } finally {
        await visitor.close();
      }
    },
    /** The address of a station's picture, and the width in which a browser shows it: 0 if it cannot. */
    picture: async (station: string): Promise<{ readonly path: string; readonly width: unknown }> => {
      const visitor = await browser.newPage();
      try {
        await visitor.goto(`${site}/${station}/`);
        const path = (await visitor.getByRole('img', { name: station }).getAttribute('src')) ?? '';
        return { path, width: await visitor.evaluate("document.querySelector('img').naturalWidth") };
      } finally {
        await visitor.close();
      }
    },
    /** Whether a browser downloads what is at an address, and the title of the page if it shows it. */
    opens: async (path: string): Promise<{ readonly isDownloaded: boolean; readonly title: string }> => {
      const visitor = await browser.newPage();
      try {
        // A download ends the navigation with an error.
        const isDownloaded = await visitor.goto(`${site}${path}`).then(
          () => false,
          (error: Error) => {
            if (!error.message.includes('Download is starting')) throw error;
            return true;
          },
        );
        return { isDownloaded, title: await visitor.title() };
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
