import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, without a window. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}

export type Scheme = 'light' | 'dark';

/** A page that is open, and all that it said and asked for. */
export interface Opened {
  readonly page: Page;
  readonly messages: string[];
  readonly requests: string[];
}

/** Opens a file. Its scripts would run, and its requests go out, if it had any. */
export async function openFile(
  browser: Browser,
  file: string,
  viewport: { width: number; height: number },
  colorScheme: Scheme = 'light',
): Promise<Opened> {
  const page = await browser.newPage({ viewport, colorScheme });
  const messages: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  page.on('dialog', (dialog) => messages.push(dialog.message()));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, messages, requests };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What stands in the way of somebody who does not see, or not well: rule and place of each fault that axe finds. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // The page's own policy lets nothing run: what the browser's debugger runs is not the page's.
  const found = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
    `${axe}; axe.run(document).then(({ violations }) => violations)`,
  );
  return found.map(
    ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html).join(' | ')}`,
  );
}
