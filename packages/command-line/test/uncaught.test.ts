import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';

const library = join(import.meta.dirname, '../dist/index.js');

/** A command whose main function is given, with an open wait or a child where that says so. */
async function runMain(main: string) {
  const directory = temporaryDirectory();
  const file = join(directory, 'command.mjs');
  writeFileSync(
    file,
    `import { runCommand, runPipeline } from '${library}';
     const command = { name: 'x', summary: 'x', synopsis: [''], options: {}, examples: [] };
     runCommand(command, ${main});`,
  );
  return { directory, ...(await run([node, file], { cwd: directory })) };
}

test.each([
  ['an error in a callback', 'throw new Error("a defect")'],
  ['a rejection that nobody hears', 'Promise.reject(new Error("a defect"))'],
])('%s ends the command with 2, which no caller takes for a loss', async (_, defect) => {
  const waiting = await runMain(
    `() => { setTimeout(() => { ${defect} }, 1); return new Promise(() => {}); }`,
  );
  expect(waiting.stderr).toContain('x: internal error: a defect\nx: hint: ');
  expect(waiting.code).toBe(2);
  const done = await runMain(
    `async () => { setTimeout(() => { ${defect} }, 1); await new Promise((r) => setTimeout(r, 20)); }`,
  );
  expect(done.code).toBe(2);
});

test('after such an error, what the work had begun is undone', async () => {
  const cleaning = `async () => {
    const { writeFileSync, rmSync } = await import('node:fs');
    writeFileSync('partial', '');
    try {
      setTimeout(() => { throw new Error("a defect"); }, 100);
      await runPipeline([{ command: 'sleep', args: ['60'] }]);
    } finally {
      rmSync('partial');
    }
  }`;
  const { directory, code, stderr } = await runMain(cleaning);
  expect(code).toBe(2);
  expect(stderr).toContain('x: internal error: a defect\n');
  expect(readdirSync(directory)).toEqual(['command.mjs']);
});
