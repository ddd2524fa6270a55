import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, type Ended, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';

const gate = builtCommand('rsync-gate');

/** A root, and a directory in its .work that is ready to be published. */
function stage(date = '2026-01-01'): { root: string; staged: string } {
  const root = join(temporaryDirectory(), 'staging');
  const staged = join(root, '.work/building', date);
  mkdirSync(join(staged, 'files'), { recursive: true, mode: 0o700 });
  execFileSync('chmod', ['700', root]);
  for (const name of ['MANIFEST.json', 'files/0001'])
    writeFileSync(join(staged, name), '{}', { mode: 0o600 });
  return { root, staged };
}

const publish = (root: string, input: string, ...args: string[]): Promise<Ended> =>
  run([gate, 'publish', '--root', root, '--group', 'adm', ...args], { input });

describe('publish', () => {
  test('gives owner, group and modes, renames, and writes where it is now', async () => {
    const { root, staged } = stage();
    execFileSync('chown', ['-R', '1234:1234', staged]);
    expect(await publish(root, `${staged}/\0`, '-0')).toMatchObject({
      code: 0,
      stdout: Buffer.from(`${root}/2026-01-01/\0`),
    });
    const listing = execFileSync('find', [root, '-printf', '%P %m %u %g\n'], { cwd: root }).toString();
    expect(listing.trim().split('\n').sort()).toEqual([
      '.status 2750 root adm',
      '.work 700 root root',
      '.work/building 700 root root',
      '2026-01-01 750 root adm',
      '2026-01-01/MANIFEST.json 640 root adm',
      '2026-01-01/files 750 root adm',
      '2026-01-01/files/0001 640 root adm',
      '750 root adm',
    ]);
  });

  test.each([
    [
      'a link in it',
      ({ staged }: ReturnType<typeof stage>) => symlinkSync('/etc/shadow', join(staged, 'files/link')),
      'neither a file nor a directory',
    ],
    [
      'no manifest',
      ({ staged }: ReturnType<typeof stage>) => void execFileSync('rm', [join(staged, 'MANIFEST.json')]),
      'not complete',
    ],
    [
      'a place that is taken by something else',
      ({ root }: ReturnType<typeof stage>) => writeFileSync(join(root, '2026-01-01'), ''),
      'not a directory',
    ],
  ])('not with %s', async (_, spoil, message) => {
    const staged = stage();
    spoil(staged);
    const ended = await publish(staged.root, `${staged.staged}\n`);
    expect(ended).toMatchObject({
      code: 2,
      stdout: Buffer.alloc(0),
      stderr: expect.stringContaining(message),
    });
    expect(existsSync(staged.staged)).toBe(true);
  });

  test('not under a name that is no date, and files that are links of another date stay what they are', async () => {
    const { root, staged } = stage('someday');
    expect(await publish(root, `${staged}\n`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not a date'),
    });
    const other = stage();
    linkSync(join(staged, 'files/0001'), join(other.staged, 'files/linked'));
    expect(await publish(other.root, `${other.staged}\n`)).toMatchObject({ code: 0 });
  });
});

test('check answers for operands too', async () => {
  const { root, staged } = stage();
  await publish(root, `${staged}\n`);
  const ended = await run([
    gate,
    'check',
    '--root',
    root,
    'backup',
    `rsync --server --sender -r . ${root}/2026-01-01/`,
    'id',
  ]);
  expect(ended.stdout.toString()).toBe(
    'allow\nallow\ndeny\tunknown command: backup, status, receipt and rsync are known\n',
  );
});

test('the status is one JSON document, and a table on a terminal', async () => {
  const { root, staged } = stage();
  await publish(root, `${staged}\n`);
  writeFileSync(
    join(root, '2026-01-01/MANIFEST.json'),
    JSON.stringify({
      host: 'h',
      date: '2026-01-01',
      sequence: 7,
      finished: '2026-01-01T00:00:00Z',
      components: { files: { status: 'incomplete', seconds: 1, files: [{ size: 5 }] } },
    }),
  );
  writeFileSync(
    join(root, '.status/hold.json'),
    '{"by":"ann","since":"2026-01-02","reason":"why\\u001b[2J"}',
  );
  const json = await run([gate, 'status', '--root', root, '--state', '/nowhere']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout.toString())).toMatchObject({
    latest: { date: '2026-01-01', sequence: 7, components: { files: { status: 'incomplete', bytes: 5 } } },
    warnings: [
      expect.stringMatching(/^the newest date is \d+ hours old, more than 96$/),
      'files is incomplete in the newest date',
      expect.stringContaining('held by ann since 2026-01-02'),
      'nothing has been pulled',
    ],
  });
  const command = `${process.execPath} ${gate} status --root ${root} --state /nowhere`;
  const table = (await run(['script', '-qec', command, '/dev/null'])).stdout.toString();
  expect(table).toMatch(/^newest +2026-01-01, number 7/m);
  expect(table).toMatch(/^hold +by ann since 2026-01-02: why\\x1b\[2J\r$/m);
  expect(table).toMatch(/^WARNING +nothing has been pulled\r$/m);
});

test.each([
  [['--timeout', '0'], 'gate.timeout: not a number from 1 to 2147483: 0'],
  [['--longest', '3000000'], 'gate.longest: not a number from 1 to 2147483: 3000000'],
  [['--root', 'relative'], 'relative: not an absolute path of plain names'],
  [['--root', '/a/../b'], '/a/../b: not an absolute path of plain names'],
  [['--config', '/nowhere'], '/nowhere: no such file or directory'],
])('%j: nothing is served, the log says why, and the client that it is so', async (args, message) => {
  const log = join(temporaryDirectory(), 'log');
  const ended = await run([gate, '--log', log, ...args], { env: { SSH_ORIGINAL_COMMAND: 'status' } });
  const stderr = 'rsync-gate: refused: the gate is not set up right\n';
  expect(ended).toMatchObject({ code: 64, stdout: Buffer.alloc(0), stderr });
  expect(readFileSync(log, 'utf8')).toContain(message);
});

test('publish names what is not there, and makes the root', async () => {
  const root = join(temporaryDirectory(), 'new');
  const ended = await publish(root, '/nowhere/2026-01-01\n');
  expect(ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('/nowhere/2026-01-01: no such file or directory'),
  });
});
