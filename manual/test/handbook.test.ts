import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory, top } from 'test-kit';
import { afterAll, describe, expect, test } from 'vitest';
import { type Block, blocks, handbook } from './handbook.ts';
import { type Act, pages, readings, type Step } from './handbook-ways.ts';
import { runOnStage } from './stage.ts';

/** Each block with how it is run. */
const paired = Object.entries(pages).flatMap(([page, { steps }]) =>
  blocks
    .filter((block) => block.page === page)
    .map((block, i) => ({ block, step: steps[i]?.[1] ?? ({ not: 'unknown' } satisfies Step) })),
);

const acts = paired.flatMap(({ block, step }) =>
  'not' in step ? [] : [{ block, run: step, on: step.on ?? pages[block.page]?.on }],
);

const said: string[] = [];
afterAll(() => void process.stderr.write(`examples of the handbook:\n${said.sort().join('\n')}\n`));

test('each example has a way to run it, or a reason, in the order of its page', () => {
  for (const [page, source] of handbook) {
    expect(
      (pages[page]?.steps ?? []).map(([first]) => first),
      page,
    ).toEqual(blocks.filter((block) => block.page === page).map(({ first }) => first));
    expect(source, `${page}: examples are indented`).not.toContain('```');
  }
  expect(Object.keys(pages).filter((page) => !handbook.has(page))).toEqual([]);
});

test('every page is in the table of contents, and every link leads somewhere', () => {
  for (const page of handbook.keys())
    if (page !== 'README') expect(handbook.get('README')).toContain(`(${page}.md)`);
  const files = [...[...handbook.keys()].map((page) => `docs/${page}.md`), 'README.md'];
  for (const file of files)
    for (const [, path = '', anchor] of readFileSync(join(top, file), 'utf8').matchAll(
      /\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g,
    )) {
      const target = path === '' ? join(top, file) : join(top, dirname(file), path);
      expect(existsSync(target), `${file}: ${path}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), `${file}: ${path}#${anchor}`).toContain(anchor);
    }
});

test('the page for the worst night is one page', () => {
  const [core = ''] = (handbook.get('restore') ?? '').split('\n---\n');
  const printed = core
    .split('\n')
    .reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / 100)), 0);
  expect(printed).toBeLessThanOrEqual(80); // of A4, at 8 lines and 14 characters an inch
});

/** What the headings of a page can be linked by. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

// Several pages are read on one machine, in their order: what is made on one is there on the next.
describe('read on a machine', () => {
  test.each(Object.entries(readings))('%s', async (name, { servers, before, onlyAll }) => {
    const own = acts.filter(({ on }) => on === name);
    if (onlyAll !== undefined && !process.env.HCOOP_TEST_ALL) {
      for (const { block } of own) tell(block, `not run: ${onlyAll}: only by scripts/check --all`);
      return;
    }
    const place = temporaryDirectory();
    const script = own.map(({ block, run }, i) => actOf(place, i, block, run)).join('\n');
    const ended = await runOnStage(place, servers ?? {}, `set -e\n${before ?? ''}\n${script}`);
    expect(ended.code, `${ended.stdout}${ended.stderr}`).toBe(0);
    own.forEach(({ block, run }, i) => {
      if (run.shows) expect(readFileSync(join(place, `${i}.out`), 'utf8'), block.first).toMatch(run.shows);
      tell(block, run.edit === undefined ? 'run' : 'run, with names and dates of the test');
    });
  });

  test('but for those that say why not', () => {
    for (const { block, step } of paired) if ('not' in step) tell(block, `not run: ${step.not}`);
  });
});

/** Each block in a shell of its own, in the directory where the reader is; `$out` is what it wrote to stdout. */
function actOf(
  place: string,
  i: number,
  { text, first }: Block,
  { before, edit, instead, after }: Act,
): string {
  const edited = (edit ?? []).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  writeFileSync(join(place, `${i}.text`), `${text}\n`);
  writeFileSync(join(place, `${i}.sh`), `${instead ?? edited}\n`);
  return `echo '--- '${JSON.stringify(first).replaceAll(/[$`!']/g, ' ')} >&2
out=$place/${i}.out
{ ${before ?? ':'}
} >&2
example=$(cat "$place/${i}.text") bash -euo pipefail "$place/${i}.sh" >"$out"
{ ${after ?? ':'}
} >&2`;
}

function tell({ page, first }: Block, how: string): void {
  said.push(`  ${page}: ${first}: ${how}`);
}
