import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { processesWith, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { ChildFailure, CommandError, captureOutput, runPipeline } from '../src/index.ts';

const shell = (script: string) => ({ command: 'sh', args: ['-c', script] });
const cat = { command: 'cat', args: [] };

async function failureOf(work: Promise<unknown>): Promise<CommandError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError)) throw new Error(`expected a CommandError, got ${String(error)}`);
  return error;
}

test('bytes go through every stage, from a function to a file', async () => {
  const file = join(temporaryDirectory(), 'out');
  const output = openSync(file, 'w');
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 256));
  const input = async (stdin: NodeJS.WritableStream): Promise<void> => {
    await new Promise((resolve) => stdin.write(bytes, resolve));
  };
  expect(await runPipeline([cat, cat, cat], { input, output })).toEqual([0, 0, 0]);
  closeSync(output);
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test('the cause is reported, not the broken pipe that it led to', async () => {
  const error = await failureOf(
    runPipeline([shell('cat /dev/zero'), shell('echo no room >&2; exit 3'), cat]),
  );
  expect(error.message).toBe('sh: failed with exit code 3: no room');
});

test('a stage that a signal ends has failed', async () => {
  const error = await failureOf(runPipeline([shell('cat /dev/zero'), shell('kill -9 $$'), cat]));
  expect(error.message).toBe('sh: ended by SIGKILL');
});

test('a producer that fails after half its output has failed, although its consumers end well', async () => {
  const error = await failureOf(runPipeline([shell('echo half; exit 1'), cat]));
  expect(error).toBeInstanceOf(ChildFailure);
});

test('a missing program is named before anything is started', async () => {
  const file = join(temporaryDirectory(), 'started');
  const error = await failureOf(
    runPipeline([shell(`touch ${file}`), { command: 'ccencrypt-nowhere', args: [] }]),
  );
  expect(error.message).toBe('ccencrypt-nowhere: no such program');
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('a failed child is reported although the feed waits for ever', async () => {
  const feed = () => new Promise<void>(() => {});
  const error = await failureOf(runPipeline([shell('exit 4')], { input: feed }));
  expect(error.message).toBe('sh: failed with exit code 4');
});

test('when the feed fails, the children are ended and its error is thrown', async () => {
  const feed = () => Promise.reject(new Error('no more paths'));
  await expect(runPipeline([{ command: 'sleep', args: ['1000'] }], { input: feed })).rejects.toThrow(
    'no more paths',
  );
});

test('a child that does not read its stdin is no failure', async () => {
  const feed = async (stdin: NodeJS.WritableStream): Promise<void> => {
    await new Promise((resolve) => stdin.write(Buffer.alloc(1 << 20), resolve));
  };
  expect(await runPipeline([shell('exit 0')], { input: feed })).toEqual([0]);
});

test('a late reader gets all of a child that has ended before', async () => {
  let text = '';
  await runPipeline([shell('echo first; echo second')], {
    output: async (stdout) => {
      await setTimeout(200); // longer than the child lives: node would have drained its stdout by now
      for await (const chunk of stdout) text += String(chunk);
    },
  });
  expect(text).toBe('first\nsecond\n');
});

test('the environment of a child is a list, not what this process happens to have', async () => {
  process.env.SECRET_OF_THE_TEST = 'x';
  const names = (await captureOutput({ command: 'env', args: [] }))
    .toString()
    .replace(/=.*/g, '')
    .trim()
    .split('\n');
  expect(names.sort().filter((name) => name !== 'TMPDIR')).toEqual(['LC_ALL', 'PATH']);
});

test('accepted exit codes are returned, and stderr is heard line by line', async () => {
  const heard: string[] = [];
  const stage = {
    ...shell('echo one >&2; printf two >&2; exit 2'),
    accept: (code: number) => code === 2 && heard.length === 2,
    onMessage: (line: string) => heard.push(line),
  };
  expect(await runPipeline([stage])).toEqual([2]);
  expect(heard).toEqual(['one', 'two']);
});

test('a reader that throws before the end leaves nothing waiting', async () => {
  const output = () => Promise.reject(new Error('not what was expected'));
  await expect(runPipeline([shell('head -c 1000000 /dev/zero')], { output })).rejects.toThrow(
    'not what was expected',
  );
});

test('a program that cleans up when nobody reads it any more is ended by that, and waited for', async () => {
  const file = join(temporaryDirectory(), 'cleaned');
  const writer = `trap '' PIPE HUP INT TERM; while echo x 2>/dev/null; do :; done; sleep 0.2; echo cleaned >${file}; exit 1`;
  const stage = { ...shell(writer), endsUnread: 60_000 };
  const output = async (stdout: Readable): Promise<void> => {
    for await (const _ of stdout) throw new Error('read enough');
  };
  await expect(runPipeline([stage], { output })).rejects.toThrow('read enough');
  expect(readFileSync(file, 'utf8')).toBe('cleaned\n');
});

test('where it does not notice, it is left alone after its time', async () => {
  const mark = String(Math.random());
  const stage = { ...shell(`echo x; exec sleep 600 ${mark.replace('0.', '0.0')}`), endsUnread: 100 };
  const output = async (stdout: Readable): Promise<void> => {
    for await (const _ of stdout) throw new Error('read enough');
  };
  await expect(runPipeline([stage], { output })).rejects.toThrow('read enough');
  const [pid] = processesWith(mark.slice(2));
  expect(pid).toBeDefined();
  process.kill(Number(pid), 'SIGKILL');
});
