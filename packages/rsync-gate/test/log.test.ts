import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { builtCommand, inMountNamespace, node, run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { formatEvent } from '../src/log.ts';

const gate = builtCommand('rsync-gate');

/** A line of the log, with nothing in it that is not printable ASCII. */
const line =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z rsync-gate\[\d+\] (?:start|end|deny) client=\S+ key=\S+ [ -~]*$/;

const refused = (log: string, command: string, env = {}) =>
  run([gate, '--root', '/nowhere', '--log', log], { env: { SSH_ORIGINAL_COMMAND: command, ...env } });

test('whatever is in an event, it is one line of printable ASCII', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\n', '\r', '"', '\\', '\u2028', '\u009b', 'x', '=') }),
  );
  fc.assert(
    fc.property(anything, anything, anything, (command, reason, address) => {
      const text = formatEvent(new Date(0), 1, { address, key: '-' }, 'deny', { command, reason });
      expect(text).toMatch(/^[ -~]*$/);
      // What a client says can only be inside of quotes: no fact can be forged by another's text.
      expect(text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/[A-Za-z]+=/g, '')).not.toContain('"');
    }),
    { numRuns: 2000 },
  );
});

test('a long command is cut', () => {
  const text = formatEvent(new Date(0), 1, { address: '-', key: '-' }, 'deny', {
    command: 'x'.repeat(100_000),
  });
  expect(text.length).toBeLessThan(1200);
  expect(text).toMatch(/"\(100000\)$/);
});

test('commands that try to write lines of their own, as sshd hands them over', async () => {
  const log = join(temporaryDirectory(), 'log');
  const commands = [
    'x\n2026-01-01T00:00:00.000Z rsync-gate[1] start client=1.2.3.4:5 key=-',
    'a"b\\"',
    '\r\x1b[2J',
    'caf\u00e9 \u202e',
    '\ud83d\ude00',
    ' '.repeat(5000),
  ];
  for (const command of commands) expect(await refused(log, command)).toMatchObject({ code: 64 });
  const lines = readFileSync(log, 'latin1').split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(commands.length);
  for (const written of lines) expect(written).toMatch(line);
});

test('many at once: every event is there, whole', async () => {
  const log = join(temporaryDirectory(), 'log');
  const commands = Array.from({ length: 40 }, (_, i) => `command-${i} ${'x'.repeat(i * 150)}`);
  await Promise.all(commands.map((command) => refused(log, command)));
  const lines = readFileSync(log, 'latin1').trimEnd().split('\n');
  expect(lines).toHaveLength(commands.length);
  for (const written of lines) expect(written).toMatch(line);
  for (const [i] of commands.entries())
    expect(lines.filter((written) => written.includes(`"command-${i} `))).toHaveLength(1);
});

test('a disk that is full does not keep it from serving, nor cut the lines after', async () => {
  const directory = temporaryDirectory();
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  const script = `mount -t tmpfs -o size=8k none "$1"; head -c 4000 /dev/zero | tr '\\0' x > "$1/fill"
    for i in $(seq 12); do SSH_ORIGINAL_COMMAND="full-$i $(printf %0400d 0)" "$NODE" "$GATE" --root /nowhere --log "$1/log" 2>> "$2/said" || echo $? >> "$2/codes"; done
    rm "$1/fill"; SSH_ORIGINAL_COMMAND=after "$NODE" "$GATE" --root /nowhere --log "$1/log" || true; cp "$1/log" "$2/log"`;
  const ended = await run(inMountNamespace(script, disk, directory), { env: { NODE: node, GATE: gate } });
  expect(ended.code, ended.stderr).toBe(0);
  expect(readFileSync(join(directory, 'codes'), 'utf8')).toBe('64\n'.repeat(12));
  expect(readFileSync(join(directory, 'said'), 'utf8')).toBe(
    readFileSync(join(directory, 'said'), 'utf8').split('\n')[0]?.concat('\n').repeat(12),
  );
  const lines = readFileSync(join(directory, 'log'), 'latin1').trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(/ deny .*command=after /);
  expect(lines.filter((written) => !line.test(written)).length).toBeLessThanOrEqual(1);
});

test.each([
  ['a directory that is missing', '/nowhere/log'],
  ['a link to a file of somebody else', undefined],
])('a log that cannot be written (%s) does not keep it from serving', async (_, place) => {
  const directory = temporaryDirectory();
  const victim = join(directory, 'victim');
  writeFileSync(victim, 'mine');
  execFileSync('ln', ['-s', victim, join(directory, 'link')]);
  const ended = await refused(place ?? join(directory, 'link'), 'id');
  expect(ended).toMatchObject({ code: 64, stderr: expect.stringMatching(/^rsync-gate: refused: [^\n]*\n$/) });
  expect(readFileSync(victim, 'utf8')).toBe('mine');
});

test('the fingerprint of the key that logged in, as ssh-keygen tells it', async () => {
  const directory = temporaryDirectory();
  const key = join(directory, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const [type, blob] = readFileSync(`${key}.pub`, 'utf8').split(' ');
  writeFileSync(join(directory, 'auth'), `publickey ${type} ${blob}\n`);
  const log = join(directory, 'log');
  await refused(log, 'id', { SSH_USER_AUTH: join(directory, 'auth'), SSH_CONNECTION: '::1 50000 ::1 22' });
  const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', key]).toString().split(' ')[1];
  expect(readFileSync(log, 'utf8')).toContain(` client=::1:50000 key=${fingerprint} command=id `);
});
