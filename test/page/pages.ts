import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { makeHost, type TestHost, temporaryDirectory } from 'test-kit';
import { expect } from 'vitest';
import { openFile } from './browser.ts';
import { layRuns, type SampleRun } from './sample-runs.ts';

/** The dates of a host that has some. */
export const made = ['2026-11-20', '2026-11-23'];

export async function hostWithDates(): Promise<TestHost> {
  const host = makeHost();
  for (const date of made) expect(await host.backup('--date', date)).toMatchObject({ code: 0 });
  return host;
}

/** Has the page of a host written that remembers these runs, and returns where it is. */
export async function pageOf(runs: readonly SampleRun[], host = makeHost()): Promise<string> {
  layRuns(host.state, runs);
  const file = join(temporaryDirectory(), 'page.html');
  const ended = await host.backup('report', '--html', file);
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: Buffer.alloc(0) });
  return file;
}

// Two hours ago: a page is not to find a gap between the last run and now.
export const lately = new Date(Date.now() - 7_200_000).toISOString();

/** Looks at a page. */
export async function withPage<T>(
  browser: Browser,
  file: string,
  look: (page: Page) => Promise<T>,
): Promise<T> {
  const { page } = await openFile(browser, file, { width: 1280, height: 900 });
  try {
    return await look(page);
  } finally {
    await page.close();
  }
}

/** The text of a part of a page as it is seen: rows a line each, nothing that is folded. */
export function seenIn(browser: Browser, file: string, selector: string): Promise<string> {
  return withPage(browser, file, (page) =>
    page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`),
  );
}
