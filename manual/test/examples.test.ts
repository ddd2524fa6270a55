import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from 'test-kit';
import { afterAll, describe, expect, test } from 'vitest';
import { pages, sectionOf, unescaped } from './built.ts';
import { runOnStage } from './stage.ts';
import { type Run, ways } from './ways.ts';

/** Every example of every page, as a reader would copy it. */
const examples = pages.flatMap((page) =>
  [...sectionOf(page, 'EXAMPLES').matchAll(/^\.Bd [^\n]*\n(.*?)\n\.Ed$/gms)].map(([, source = '']) => ({
    page: `${page.name}(${page.section})`,
    text: unescaped(source),
    first: unescaped(source).split('\n')[0] ?? '',
  })),
);

const said: string[] = [];
afterAll(() => void process.stderr.write(`examples of the manual:\n${said.sort().join('\n')}\n`));

test('each example has a way to run it, or a reason, and none is left of one that is gone', () => {
  expect(examples.map(({ first }) => first).sort()).toEqual(Object.keys(ways).sort());
});

describe('the examples run', () => {
  test.each(examples)('$page: $first', async ({ page, text, first }) => {
    const way = ways[first] ?? { not: 'unknown' };
    if ('not' in way) {
      said.push(`  ${page}: not run: ${first}: ${way.not}`);
      return;
    }
    if (way.servers !== undefined && !process.env.HCOOP_TEST_ALL) {
      said.push(`  ${page}: not run: ${first}: needs servers: only by scripts/check --all`);
      return;
    }
    const { code, stdout, stderr } = await runExample(text, way);
    expect(code, `${stdout}${stderr}`).toBe(0);
    if (way.shows) expect(stdout).toMatch(way.shows);
    said.push(`  ${page}: run: ${first}`);
  });
});

async function runExample(example: string, way: Run) {
  const place = temporaryDirectory();
  writeFileSync(join(place, 'example'), `${way.instead ?? example}\n`);
  const script = `{ ${way.before ?? ':'}
} >&2
bash -euo pipefail "$place/example"
{ ${way.after ?? ':'}
} >&2`;
  const ended = await runOnStage(place, way.servers ?? {}, script, { example });
  return { ...ended, stdout: ended.stdout.toString() };
}
