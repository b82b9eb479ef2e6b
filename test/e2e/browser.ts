import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { root } from '../../tools/terminal/programs.ts';

/** Folder of the pictures that the tests take. */
export const screenshots = join(root, 'test/e2e/screenshots');

const browsers = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
];

/**
 * Starts the machine's Chromium.
 *
 * @param hosts ports of this machine that take the place of hosts, whatever port an address names
 */
export function openBrowser(hosts: Readonly<Record<string, number>> = {}): Promise<Browser> {
  const executablePath = browsers.find((path) => path !== undefined && existsSync(path));
  if (!executablePath) throw new Error('no Chromium here: install it, or name it in the variable CHROMIUM');
  mkdirSync(screenshots, { recursive: true });
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${Object.entries(hosts).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`)}`,
    ],
  });
}
