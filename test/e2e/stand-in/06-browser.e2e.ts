import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { siteOf } from '../bring-up.ts';
import { openBrowser, screenshots } from '../browser.ts';
import { bringUpWithProjects } from './projects.ts';

/** One of each kind of server: Django's own, and Gunicorn behind nginx. */
const sites = ['dev', 'production'] as const;
const sizes = [
  { size: 'desktop', viewport: { width: 1280, height: 900 } },
  { size: 'phone', viewport: { width: 390, height: 844 } },
];

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

describe.each(sites.flatMap((name) => sizes.map((size) => ({ name, ...size }))))(
  '$name on a $size',
  ({ name, size, viewport }) => {
    const url = siteOf(name);
    let page: Page;
    const problems: string[] = [];

    beforeAll(async () => {
      await bringUpWithProjects(name);
      page = await browser.newPage({ viewport });
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      page.on('requestfailed', (request) =>
        problems.push(`${request.url()}: ${request.failure()?.errorText}`),
      );
    });

    afterAll(() => page.close());

    const shot = (what: string) =>
      page.screenshot({ path: join(screenshots, `${name}-${size}-${what}.png`) });
    const count = async () => Number.parseInt((await page.locator('#result-count').textContent()) ?? '', 10);

    test('searches, filters, turns a page and opens a project', async () => {
      await page.goto(url);
      const all = await count();
      await shot('all');
      await page.getByRole('link', { name: 'Next' }).click();
      await page.waitForURL(/page=2/);

      await page.locator('input[name=q]').fill('heat pump');
      await page.locator('input[name=q]').press('Enter');
      await page.waitForURL(/q=heat/);
      const found = await count();
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThan(all);
      expect(await page.locator('.hit mark').count()).toBeGreaterThan(0);
      await shot('found');

      const topic = page.locator('[data-topic]').filter({ hasNotText: /\b0$/ }).first();
      const slug = await topic.getAttribute('data-topic');
      await topic.click();
      await page.waitForURL(new RegExp(`topic=${slug}`));
      const filtered = await count();
      expect(filtered).toBeGreaterThan(0);
      expect(filtered).toBeLessThanOrEqual(found);
      await shot('filtered');

      const hit = page.locator('.hit a').first();
      const title = ((await hit.textContent()) ?? '').trim();
      await hit.click();
      await page.waitForURL(/\/projects\//);
      expect((await page.locator('h1').textContent())?.trim()).toBe(title);
      await shot('project');
    });

    test('says so when nothing matches', async () => {
      await page.goto(`${url}/?q=zzzyyyxxx`);
      expect(await page.locator('#no-results').isVisible()).toBe(true);
      await shot('nothing');
    });

    test('fits the width, is styled, and raises no error', async () => {
      await page.goto(url);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(viewport.width);
      expect(await page.evaluate<number>('document.styleSheets.length')).toBeGreaterThan(0);
      expect(problems).toEqual([]);
    });
  },
);
