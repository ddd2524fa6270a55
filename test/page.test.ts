import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { temporaryDirectory } from 'test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './page/browser.ts';
import { expectFits, expectGood } from './page/expect-good.ts';
import { hostWithDates, lately, pageOf, seenIn, withPage } from './page/pages.ts';
import { annoying, failedRun, incompleteRun, type SampleRun, sampleRuns } from './page/sample-runs.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

/** Fifty-five runs with all that can be told: failed ones, an incomplete one, a gap, unexpected files, a doubt. */
function eventful(): SampleRun[] {
  const runs = sampleRuns(60, lately, (run, at) => {
    if (at === 59) return { ...incompleteRun(run), annoying: annoying(24) };
    return at % 17 === 3 ? failedRun : {};
  });
  return runs.filter((_, at) => at < 40 || at > 44);
}

/** How many there are of each, in each plot. */
function marksIn(file: string, selectors: readonly string[]): Promise<number[][]> {
  const count = `(svg) => ${JSON.stringify(selectors)}.map((each) => svg.querySelectorAll(each).length)`;
  return withPage(browser, file, (page) =>
    page.evaluate(`[...document.querySelectorAll('#plots svg')].map(${count})`),
  );
}

describe('the page of a host', () => {
  test.each([
    ['eventful', eventful()],
    ['one', sampleRuns(1, lately)],
    ['none', []],
  ])('%s: is valid, fits every screen, is readable by all, and asks for nothing', async (name, runs) => {
    await expectGood(browser, await pageOf(runs), name);
  });

  test('four hundred runs fit too', async () => {
    const failed = (at: number): boolean => at > 397 || at % 50 === 7;
    const file = await pageOf(sampleRuns(400, lately, (_, at) => (failed(at) ? failedRun : {})));
    await expectFits(browser, file, 'many');
    expect((await marksIn(file, ['rect.bar', 'path.sign.failed']))[0]).toEqual([780, 10]);
  });

  test('the plots have a mark for each run, signs where one failed, and a table that says the same', async () => {
    const file = await pageOf(eventful());
    const [all, files, system, volumes, databases] = await marksIn(file, [
      'path.line',
      'rect.bar',
      'path.sign.failed',
      'path.sign.incomplete',
      'rect.gap',
    ]);
    // Of 55 runs 4 failed; a bar for new bytes and one for seconds of each other one.
    expect([all, files, databases]).toEqual([
      [1, 102, 4, 1, 1],
      [1, 102, 4, 0, 1],
      [1, 102, 4, 0, 1],
    ]);
    expect(volumes).toEqual([1, 102, 4, 1, 1]);
    expect(system).toEqual([1, 61, 4, 0, 1]); // there is something new in ten of them
    const rows = await withPage(browser, file, (page) =>
      page.evaluate("[...document.querySelectorAll('#plots tbody')].map((each) => each.rows.length)"),
    );
    expect(rows).toEqual([55, 55, 55, 55, 55]);
  });

  test('one run is a dot; a line stops where a run failed or none was', async () => {
    expect((await marksIn(await pageOf(sampleRuns(1, lately)), ['circle', 'rect.bar']))[0]).toEqual([1, 2]);
    const starts = (file: string): Promise<number> =>
      withPage(browser, file, (page) =>
        page.evaluate("document.querySelector('#plots path.line').getAttribute('d').match(/M/g).length"),
      );
    expect(await starts(await pageOf(sampleRuns(20, lately)))).toBe(1);
    const faulty = sampleRuns(20, lately, (_, at) => (at === 5 ? failedRun : {}));
    expect(await starts(await pageOf(faulty.filter((_, at) => at < 10 || at > 13)))).toBe(3);
  });

  test('a run that did not come is seen: the time since the last one is a gap', async () => {
    const ended = new Date(Date.now() - 30 * 86_400_000).toISOString();
    expect((await marksIn(await pageOf(sampleRuns(20, ended)), ['rect.gap']))[0]).toEqual([1]);
    expect((await marksIn(await pageOf(sampleRuns(20, lately)), ['rect.gap']))[0]).toEqual([0]);
  });

  test('every link leads somewhere in the page, and no two places have one name', async () => {
    const [links, ids] = await withPage(browser, await pageOf(eventful()), (page) =>
      page.evaluate<[string[], string[]]>(`[
        [...document.querySelectorAll('a')].map((each) => each.getAttribute('href')),
        [...document.querySelectorAll('[id]')].map((each) => each.id)]`),
    );
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((link) => !ids.includes(link.replace(/^#/, '')))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says first how the last run ended, what was lost, and what to do', async () => {
    const first = (file: string): Promise<string> => seenIn(browser, file, '#status');
    const incomplete = await first(await pageOf(eventful()));
    expect(incomplete).toMatch(/^INCOMPLETE .* is published, number 60\n/);
    expect(incomplete).toContain('user.anna: the volume is busy');
    expect(incomplete.match(/→ wait for the next run/g)).toHaveLength(1);
    expect(incomplete).toContain('databases: 12.1 MB sealed');
    const failed = await first(
      await pageOf(
        sampleRuns(3, lately, (_, at) => (at === 2 ? failedRun : {})),
        await hostWithDates(),
      ),
    );
    expect(failed).toMatch(/^FAILED No date was made/);
    expect(failed).toContain('/srv/backup/staging: no space left on device\n→ make room');
    expect(failed).toContain('The newest date that is here is 2026-11-23.');
  });

  test('is made of what runs have recorded', async () => {
    const host = await hostWithDates();
    const file = join(temporaryDirectory(), 'page.html');
    expect(await host.backup('report', '--html', file)).toMatchObject({ code: 0, stderr: '' });
    expect(await seenIn(browser, file, '#status')).toMatch(/^ok 2026-11-23 is published, number 2\n/);
    expect(await seenIn(browser, file, '#runs')).toMatch(/ok[\s\S]*2026-11-23\n[\s\S]*ok[\s\S]*2026-11-20$/);
    expect((await marksIn(file, ['circle']))[0]).toEqual([2]);
  });

  test('has the dates that are published, and what the last run knew of files, databases and pulls', async () => {
    const file = await pageOf(eventful(), await hostWithDates());
    const text = (await seenIn(browser, file, 'main')).replaceAll(/\s+/g, ' ');
    for (const part of [
      '2026-11-23 ok',
      '2026-11-20 ok',
      'New rules exclude 1,234 paths, 5.6 GB',
      'mysql:///run/mysqld/mysqld.sock',
      '6 new since the date before',
      'hcoop-backup expect /srv/app-0/ hcoop-backup exclude /srv/app-0/ or the line /srv/app-0/',
      'And 17 files in 4 other directories.',
      'last drill: a date restored to see whether it can be never, as far as is known here',
    ])
      expect(text).toContain(part);
  });
});
