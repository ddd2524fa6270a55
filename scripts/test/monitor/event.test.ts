import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from 'test-kit';
import { expect, onTestFinished, test } from 'vitest';
import { appendEvent } from '../../src/monitor/event.ts';
import { aFailure, aRun } from './a-run.ts';

const eventsIn = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('events are lines of JSON, one a run, in a file that others than root cannot write or read', () => {
  const file = join(temporaryDirectory(), 'events.jsonl');
  for (const each of [aRun(), aFailure({ host: 'a\nb' })]) appendEvent(file, each);
  expect(eventsIn(file)).toEqual([aRun(), aFailure({ host: 'a\nb' })]);
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test('a file that logrotate has moved away, or made itself, gets no more, or what comes next', () => {
  const file = join(temporaryDirectory(), 'events.jsonl');
  appendEvent(file, aRun());
  renameSync(file, `${file}.1`);
  writeFileSync(file, '', { mode: 0o600 });
  appendEvent(file, aFailure());
  expect(eventsIn(`${file}.1`)).toEqual([aRun()]);
  expect(eventsIn(file)).toEqual([aFailure()]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('no link is followed, and what is no file is neither waited for nor written to', () => {
  const directory = temporaryDirectory();
  const [target, link, fifo] = ['target', 'link', 'fifo'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(target, 'as it was\n');
  symlinkSync(target, link);
  execFileSync('mkfifo', [fifo]);
  expect(() => appendEvent(link, aRun())).toThrow(`${link}: too many symbolic links`);
  expect(() => appendEvent(fifo, aRun())).toThrow(`${fifo}: no such device or address`);
  expect(() => appendEvent('/dev/full', aRun())).toThrow('/dev/full: not a regular file');
  expect(() => appendEvent(join(directory, 'missing/events'), aRun())).toThrow('no such file or directory');
  expect(readFileSync(target, 'utf8')).toBe('as it was\n');
});

test('a line for which there is no room leaves nothing of itself', () => {
  const directory = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', directory]);
  onTestFinished(() => void execFileSync('umount', [directory]));
  const file = join(directory, 'events.jsonl');
  const long = aRun({ doubts: ['x'.repeat(3000)] });
  appendEvent(file, aRun());
  expect(() => appendEvent(file, long)).toThrow(/no room for all of it|no space left on device/);
  expect(eventsIn(file)).toEqual([aRun()]);
});
