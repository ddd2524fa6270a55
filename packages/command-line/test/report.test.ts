import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';

/** What a process says and hears whose report does what the script says. */
async function speak(script: string): Promise<{ stderr: string; heard: unknown[] }> {
  const file = join(temporaryDirectory(), 'speak.mjs');
  const library = join(import.meta.dirname, '../dist/report.js');
  writeFileSync(
    file,
    `import { Report } from ${JSON.stringify(library)};
     const heard = []; ${script}
     process.stdout.write(JSON.stringify(heard));`,
  );
  const { code, stdout, stderr } = await run(['node', file]);
  expect(code, stderr).toBe(0);
  return { stderr, heard: JSON.parse(stdout.toString()) };
}

test('what is lost is heard in its parts, here, in a part of the report, and from a command that marks it', async () => {
  const { stderr, heard } = await speak(`
    const child = new Report('child', 'normal', undefined, { marks: true });
    const parent = new Report('parent', 'normal');
    parent.observe((named) => heard.push(named));
    parent.loss('a: b', 'c: d', 'do e');
    parent.part().loss('of a part', 'lost', 'do e');
    parent.note('a note', 'is not heard');
    parent.pass('child', 'child: error:\\tx: y\\tz\\tdo e');
    parent.pass('child', 'child: an ordinary: message');
    parent.pass('child', 'child: progress: half');
    child.error('x\\ty', 'two\\nlines', 'do f');
    child.note('a note', 'unmarked');
    heard.push(parent.options, child.options, new Report('none', 'quiet').options, parent.losses);`);
  expect(heard).toEqual([
    { what: 'a: b', why: 'c: d', hint: 'do e' },
    { what: 'of a part', why: 'lost', hint: 'do e' },
    { what: 'x: y', why: 'z', hint: 'do e' },
    ['--mark-losses'],
    ['--mark-losses'],
    ['--quiet'],
    2,
  ]);
  expect(stderr.split('\n')).toEqual([
    'parent: a: b: c: d',
    'parent: hint: do e',
    'parent: of a part: lost',
    'parent: hint: do e',
    'parent: a note: is not heard',
    'child: x: y: z',
    'child: an ordinary: message',
    'child: error:\tx\\ty\ttwo\\nlines\tdo f',
    'child: a note: unmarked',
    '',
  ]);
});

test('whatever the parts are, they arrive, inert', async () => {
  const texts = fc.sample(fc.tuple(fc.string(), fc.string(), fc.option(fc.string(), { nil: undefined })), {
    numRuns: 200,
    seed: 8,
  });
  const { heard } = await speak(`
    const lines = []; const write = (line) => lines.push(line);
    class Line extends Report { relay(line) { write(line); } }
    const parent = new Line('parent', 'normal');
    parent.observe((named) => heard.push(named));
    for (const [what, why, hint] of ${JSON.stringify(texts).replaceAll('null', 'undefined')}) {
      new Line('child', 'normal', undefined, { marks: true }).error(what, why, hint);
      parent.pass('child', lines.at(-1));
    }`);
  expect(heard).toHaveLength(texts.length);
  for (const [i, { what = '', why = '', hint }] of (heard as Record<string, string>[]).entries()) {
    expect(what + why + (hint ?? '')).not.toMatch(/\p{Cc}/u);
    expect((hint === undefined) === (texts[i]?.[2] === undefined)).toBe(true);
    if (!/\p{Cc}/u.test(texts[i]?.join('') ?? '')) expect([what, why, hint]).toEqual(texts[i]);
  }
});
