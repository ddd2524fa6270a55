import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile, startBrowser } from './page/browser.ts';
import { overflow } from './page/expect-good.ts';
import { lately, pageOf, seenIn } from './page/pages.ts';
import { annoying, incompleteRun, type SampleRun, sampleRuns } from './page/sample-runs.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

describe('names from the disk', () => {
  /** Whatever is in a record, as far as its form goes. */
  const hostile = fc.oneof(
    fc.constantFrom(
      '</title><script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "'--></style><svg onload=alert(1)>",
      '</bdi>\u202egpj.exe\u2066\u061c\u200b\u{e0041}',
      '&lt;b&gt;&#x3c;',
      'line\nbreak\u2028\0\x1b[31m',
      '\ud800',
      'http://192.0.2.1/x',
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
  );

  const withNames = (names: readonly string[]): SampleRun[] =>
    sampleRuns(3, lately, (run) => {
      const name = (at: number): string => names[at % names.length] ?? '';
      const whole = incompleteRun(run);
      const found = annoying(12);
      const groups = found.groups.map((group, at) => ({
        ...{
          ...group,
          directory: `/${name(at)}/`,
          owners: [name(at + 1)],
          rule: name(at + 2),
          word: name(at),
        },
        files: group.files.map((file) => ({ ...file, name: name(at + 3), owner: name(at) })),
      }));
      const losses = { count: 1, first: [{ what: name(4), why: name(5), hint: name(6) }] };
      const volumes = { status: 'failed', reason: name(7), bytes: 0, newBytes: 0, seconds: 0 };
      const components = { files: (run.components as Record<string, object>).files, volumes };
      const texts = { undumped: [name(0)], doubts: [name(1)], losses, components };
      return { ...whole, ...texts, annoying: { ...found, groups } };
    });

  /** What a page consists of, but for commands: how many there are depends on the names. It says nothing and asks for nothing. */
  async function shapeOf(file: string): Promise<unknown> {
    const { page, messages, requests } = await openFile(browser, file, { width: 360, height: 640 });
    const list = (selector: string): Promise<string[]> =>
      page.evaluate(
        `[...document.querySelectorAll('${selector}')].map((e) => [e.tagName, ...e.getAttributeNames()].join())`,
      );
    const [elements, commands] = [await list(':not(.settle *)'), await list('.settle *')];
    expect([await overflow(page), messages, requests.length]).toEqual([0, [], 1]);
    expect([...new Set(commands)].filter((each) => !/^(P|BR|CODE,class|SUMMARY)$/.test(each))).toEqual([]);
    await page.close();
    return elements;
  }

  test('are text, whatever is in them: no element, no attribute, no message, no request more', async () => {
    const plain = await shapeOf(await pageOf(withNames(['plain'])));
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 8, maxLength: 8 }), async (names) => {
        const file = await pageOf(withNames(names));
        expect(readFileSync(file, 'utf8').replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u,
        );
        expect(await shapeOf(file)).toEqual(plain);
      }),
      { numRuns: 20 },
    );
  });

  test('are shown as they are, in pieces that turn nothing around', async () => {
    const file = await pageOf(withNames(['<b>&amp;\u202e']));
    const name = await seenIn(browser, file, '.group h4 bdi');
    expect(name).toBe('/<b>&amp;\\u202e/');
  });
});
