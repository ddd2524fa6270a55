import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  backupCommand,
  boundByModes,
  builtCommand,
  describeTree,
  inMountNamespace,
  makeHost,
  run,
  type TestHost,
  temporaryDirectory,
} from 'test-kit';
import { describe, expect, test } from 'vitest';

const verify = (host: TestHost, date: string, ...args: string[]) =>
  run([builtCommand('hcoop-verify'), '--signer', host.signer, ...args, join(host.staging, date)]);
const restore = (host: TestHost, ...args: string[]) =>
  run([
    builtCommand('hcoop-restore'),
    '--staging',
    host.staging,
    '--signer',
    host.signer,
    '-i',
    host.identity,
    ...args,
  ]);

async function published(settings?: string): Promise<TestHost> {
  const host = makeHost(settings);
  const made = await host.backup('--date', '2026-01-01');
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout.toString()).toBe(`${host.staging}/2026-01-01/\n`);
  return host;
}

describe('a date', () => {
  test('has what the puller needs and nothing else, with owners and modes for it', async () => {
    const host = await published();
    const date = join(host.staging, '2026-01-01');
    expect(
      execFileSync('find', [date, '-printf', '%P %m %U\n']).toString().trim().split('\n').sort(),
    ).toEqual([
      '750 0',
      'MANIFEST.json 640 0',
      'RESTORE.txt 640 0',
      'SHA256SUMS 640 0',
      'SHA256SUMS.sig 640 0',
      'files 750 0',
      'files/000001.index.zst.age 640 0',
      'files/000001.tar.zst.age 640 0',
    ]);
    execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: date });
    const manifest = JSON.parse(readFileSync(join(date, 'MANIFEST.json'), 'utf8'));
    expect(manifest).toMatchObject({ host: 'example', date: '2026-01-01', sequence: 1, previous: null });
    const above = host.tree.split('/').length - 1;
    expect(manifest.components).toMatchObject({
      files: { status: 'ok', paths: above + 4 },
      system: { status: 'skipped' },
    });
    expect(JSON.stringify(manifest)).not.toContain(host.tree);
    expect(statSync(host.state).mode & 0o777).toBe(0o700);
  });

  test('with the system component holds what a reinstall needs', async () => {
    const host = await published('');
    const listed = await restore(host, '--component', 'system', '--list', '2026-01-01');
    for (const path of [
      `${host.state}/system/packages.tsv`,
      '/etc/shadow',
      '/etc/apt/sources.list.d/',
      '/var/lib/dpkg/status',
    ])
      expect(listed.stdout.toString().split('\n')).toContain(path);
    expect(await verify(host, '2026-01-01', '-i', host.identity)).toMatchObject({ code: 0 });
  });

  test('does not hold the backups of before, nor what the rules exclude', async () => {
    const host = makeHost();
    const rules = join(host.directory, 'x.rules');
    writeFileSync(rules, 'sub/\n');
    const text = readFileSync(host.config, 'utf8').replace(
      `roots = ["${host.tree}"]`,
      `roots = ["${host.directory}"]`,
    );
    writeFileSync(host.config, text.replace('exclude = []', `exclude = ["${rules}"]`));
    // By another name, and relative: the walk finds them under their own.
    symlinkSync('.', join(host.directory, 'alias'));
    const elsewhere = ['--staging', 'alias/staging', '--state', 'alias/state'];
    for (const date of ['2026-01-01', '2026-01-02'])
      await run(backupCommand(host, '--date', date, ...elsewhere), { cwd: host.directory });
    const listed = (await restore(host, '--list', '2026-01-02')).stdout.toString().split('\n');
    expect(listed).toContain(`${host.tree}/one`);
    for (const absent of [`${host.tree}/sub/two`, `${host.staging}/`, `${host.state}/`])
      expect(listed).not.toContain(absent);
  });

  test('its RESTORE.txt, executed line by line by bash, brings the tree back', async () => {
    const host = await published();
    await expectRestoredByHand(host, '2026-01-01');
  });

  test('so does that of a date that shares archives with the one before, without what was deleted', async () => {
    const host = makeHost('[archives]\nsize = "4K"\nmin_live = 0\n[system]\nenabled = false\n');
    const names = String.raw`mkdir -p "$1/moved/below" "$1/kept"; cd "$1"; echo 1 > moved/x; echo 2 > kept/x
      touch gone $'gone\nline' 'gone ' $'moved/below/odd\n' $'kept/odd\n' becomes-a-directory; mkdir becomes-a-file; touch becomes-a-file/x`;
    execFileSync('bash', ['-c', names, 'bash', host.tree]);
    expect(await host.backup('--date', '2026-01-01')).toMatchObject({ code: 0 });
    const edits = String.raw`cd "$1"; rm -r gone $'gone\nline' 'gone ' becomes-*; rm -r moved/x moved/below; rmdir moved; ln -s kept moved
      echo new > becomes-a-file; mkdir becomes-a-directory; touch becomes-a-directory/y`;
    execFileSync('bash', ['-c', edits, 'bash', host.tree]);
    expect(await host.backup('--date', '2026-01-02')).toMatchObject({ code: 0 });
    expect(readdirSync(join(host.staging, '2026-01-02/files'))).toContain('gone.zst.age');
    await expectRestoredByHand(host, '2026-01-02', ['']);
  });
});

/** Executes the commands of a date's RESTORE.txt, and compares with the tree as it is now. */
async function expectRestoredByHand(
  host: TestHost,
  day: string,
  removedIn: readonly string[] = [],
): Promise<void> {
  const date = join(host.staging, day);
  const target = join(host.directory, `by hand ${day}`);
  const lines = readFileSync(join(date, 'RESTORE.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('    ') && !line.includes('apt install'))
    .map((line) =>
      line
        .replace('KEY=/root/key.txt', `KEY=${host.identity}`)
        .replace('TARGET=/root/restored', `TARGET='${target}'`),
    );
  const ended = await run(['bash', '--norc', '-eu', '-c', lines.join('\n')], { cwd: date });
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout.toString()).toContain('"path"');
  expect(ended.stdout.toString()).not.toContain('NOT all of it');
  // Names that are removed after unpacking give their directories another time.
  const compared = (tree: string): string[] =>
    describeTree(tree).map((line) =>
      line.replace(/^(("(?:[^"\\]|\\.)*") d \S+ \S+ +)\S+/, (all, facts, path) =>
        removedIn.includes(JSON.parse(path)) ? facts : all,
      ),
    );
  expect(compared(join(target, host.tree))).toEqual(compared(host.tree));
}

describe('dates', () => {
  test('two are kept, numbered, each naming the one before', async () => {
    const host = await published();
    for (const day of ['02', '03', '04']) await host.backup('--date', `2026-01-${day}`);
    expect(readdirSync(host.staging).sort()).toEqual(['.status', '.work', '2026-01-03', '2026-01-04']);
    const manifest = (day: string) => readFileSync(join(host.staging, `2026-01-${day}`, 'MANIFEST.json'));
    expect(JSON.parse(manifest('04').toString())).toMatchObject({
      sequence: 4,
      previous: execFileSync('sha256sum', { input: manifest('03') })
        .toString()
        .slice(0, 64),
    });
  });

  test('a clock that was set back does not make the new one old', async () => {
    const host = await published();
    await host.backup('--date', '2026-01-02');
    await host.backup('--date', '2020-05-05');
    expect(readdirSync(host.staging).sort()).toEqual(['.status', '.work', '2020-05-05', '2026-01-02']);
  });

  test('the newest whole one stays, however many incomplete ones follow', async () => {
    const host = await published();
    writeFileSync(join(host.tree, 'closed'), 'x', { mode: 0 });
    for (const day of ['02', '03', '04']) {
      const ended = await run([...boundByModes, ...backupCommand(host, '--date', `2026-01-${day}`)]);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(`encrypt-tar: ${host.tree}/closed: cannot open: permission denied\n`);
      expect(ended.stderr).toContain('hcoop-backup: files: incomplete: what is missing is named above\n');
    }
    expect(readdirSync(host.staging).sort()).toEqual([
      '.status',
      '.work',
      '2026-01-01',
      '2026-01-03',
      '2026-01-04',
    ]);
    expect(await verify(host, '2026-01-04')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('files: incomplete when it was made'),
    });
  });

  test('the same day again replaces that date, with the next number', async () => {
    const host = await published();
    writeFileSync(join(host.tree, 'new'), 'new');
    expect(await host.backup('--date', '2026-01-01')).toMatchObject({ code: 0 });
    expect(readdirSync(host.staging).sort()).toEqual(['.status', '.work', '2026-01-01']);
    expect((await restore(host, '--list', '2026-01-01')).stdout.toString()).toContain(`${host.tree}/new\n`);
    expect(await verify(host, '2026-01-01')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('number 2'),
    });
  });
});

describe('verifying finds', () => {
  const damages: [string, string, string][] = [
    [
      'a flipped bit',
      'printf x | dd of=files/000001.tar.zst.age bs=1 seek=100 conv=notrunc status=none',
      'not what was signed',
    ],
    ['a cut end', 'truncate -s -1 files/000001.index.zst.age', 'not what was signed'],
    ['a missing file', 'rm files/000001.index.zst.age', 'files/000001.index.zst.age: missing'],
    ['an added file', 'touch files/extra', 'files/extra: not part of what was signed'],
    ['a link for a file', 'mv RESTORE.txt ../r; ln -s ../r RESTORE.txt', 'neither a file nor a directory'],
    [
      'a changed manifest',
      'sed -i s/example/another/ MANIFEST.json',
      'MANIFEST.json: its content is not what was signed',
    ],
    ['other sums', 'sed -i s/^0/1/\\;s/^[2-9a-f]/0/ SHA256SUMS', 'SHA256SUMS.sig: not a good signature'],
    ['an empty signature', ': > SHA256SUMS.sig', 'SHA256SUMS.sig: not as ssh-keygen writes a signature'],
    ['a fifo for the sums', 'rm SHA256SUMS; mkfifo SHA256SUMS', 'SHA256SUMS: missing, or not a regular file'],
    ['no signature', 'rm SHA256SUMS.sig', 'SHA256SUMS.sig: missing, or not a regular file'],
    [
      'swapped archives',
      'cd files; mv 000001.index.zst.age x; mv 000001.tar.zst.age 000001.index.zst.age; mv x 000001.tar.zst.age',
      'not what was signed',
    ],
  ];
  test.each(damages)('%s; and nothing is restored from it', async (_, damage, message) => {
    const host = await published();
    execFileSync('bash', ['--norc', '-euc', damage], { cwd: join(host.staging, '2026-01-01') });
    const verdict = await verify(host, '2026-01-01');
    expect(verdict.code).toBeGreaterThan(0);
    expect(verdict.stderr).toContain(message);
    expect(verdict.stderr).not.toContain('verified');
    const to = join(host.directory, 'restored');
    expect((await restore(host, '--to', to, '2026-01-01')).code).toBeGreaterThan(1);
    expect(() => statSync(to)).toThrow('ENOENT');
  });

  test('a date signed by somebody else, and an older one under a newer name', async () => {
    const host = await published();
    const other = await published();
    expect(
      await run([builtCommand('hcoop-verify'), '--signer', other.signer, join(host.staging, '2026-01-01')]),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not a good signature by a key in'),
    });
    execFileSync('cp', ['-a', join(host.staging, '2026-01-01'), join(host.staging, '2026-01-09')]);
    expect(await verify(host, '2026-01-09')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('passed off as 2026-01-09?'),
    });
  });

  test('one bad date among several: it is named, and the others are verified', async () => {
    const host = await published();
    await host.backup('--date', '2026-01-02');
    writeFileSync(join(host.staging, '2026-01-01', 'SHA256SUMS'), 'nonsense');
    const both = ['2026-01-01', '2026-01-02'].map((date) => join(host.staging, date));
    const verdict = await run([builtCommand('hcoop-verify'), '--signer', host.signer, ...both]);
    expect(verdict.code).toBe(1);
    expect(verdict.stderr).toContain('2026-01-01/SHA256SUMS:1: not a line of SHA256SUMS');
    expect(verdict.stderr).toContain('2026-01-02: verified: example, number 2');
  });

  test('without a key to hold it to, whose signature it is', async () => {
    const host = await published();
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', host.signer]).toString().split(' ')[1];
    const verdict = await run([builtCommand('hcoop-verify'), join(host.staging, '2026-01-01')]);
    expect(verdict).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`signed by ${fingerprint}, which nothing here vouches for`),
    });
  });
});

describe('restoring', () => {
  test('all of a date gives the tree back', async () => {
    const host = await published();
    const to = join(host.directory, 'restored');
    expect(await restore(host, '--to', to, '2026-01-01')).toMatchObject({ code: 0 });
    expect(describeTree(join(to, host.tree))).toEqual(describeTree(host.tree));
  });

  test('paths as operands or on stdin, found by a glob', async () => {
    const host = await published();
    const found = await restore(host, '-0', '--find', 't[w]o', '2026-01-01');
    expect(found.stdout.toString()).toBe(`${host.tree}/sub/two\0`);
    for (const [args, input] of [
      [[`${host.tree}/sub/two`], ''],
      [['-0', '-'], found.stdout],
    ] as const) {
      const to = temporaryDirectory();
      const date = join(host.staging, '2026-01-01');
      const argv = [
        builtCommand('hcoop-restore'),
        '--signer',
        host.signer,
        '-i',
        host.identity,
        '--to',
        to,
        date,
        ...args,
      ];
      expect(await run(argv, { input })).toMatchObject({ code: 0 });
      expect(execFileSync('find', ['-type', 'f', '-printf', '%P\n'], { cwd: to }).toString()).toBe(
        `${host.tree.slice(1)}/sub/two\n`,
      );
    }
  });

  test('what globs match, with what is below it, from the newest date that is not after a day', async () => {
    const host = makeHost();
    for (const day of ['01', '03', '05']) {
      mkdirSync(join(host.tree, `sub/dir${day}`));
      writeFileSync(join(host.tree, `sub/dir${day}/in it`), day);
      await host.backup('--date', `2026-01-${day}`, '--keep', '3');
    }
    const to = join(host.directory, 'restored');
    const ended = await restore(
      host,
      '--at',
      '2026-01-04',
      '--to',
      to,
      '--find',
      'dir*/',
      '--find',
      'o[mn]e',
    );
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain(`hcoop-restore: at 2026-01-04: ${host.staging}/2026-01-03\n`);
    const files = execFileSync('find', ['-type', 'f', '-printf', '%P\n'], { cwd: join(to, host.tree) });
    expect(files.toString().trim().split('\n').sort()).toEqual(['one', 'sub/dir01/in it', 'sub/dir03/in it']);
    // The operands are paths then, none of them a date.
    const one = join(host.directory, 'one');
    expect(await restore(host, '--at', '2026-01-09', '--to', one, `${host.tree}/sub/dir05`)).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(one, host.tree, 'sub/dir05/in it'), 'utf8')).toBe('05');
  });

  test('what cannot be meant is refused, and nothing is restored', async () => {
    const host = await published();
    const to = join(host.directory, 'restored');
    const refused: [args: string[], code: number, message: string][] = [
      [
        ['--at', '2025-12-31', '--to', to],
        2,
        'no date as old as 2025-12-31\nhcoop-restore: hint: the oldest is 2026-01-01',
      ],
      [['--at', '2026-02-30', '--to', to], 64, '--at: not a date: 2026-02-30'],
      [['2026-01-01', '--to', to, '--find', 'nix'], 2, '--find nix: nothing in the date matches'],
      [['2026-01-01', '--to', to, '--find', 'x', '/etc'], 64, '/etc: a path beside --find'],
      [['2026-01-01', '--list', '--to', to], 64, '--list, --to, --system: given together'],
    ];
    for (const [args, code, message] of refused) {
      const ended = await restore(host, ...args);
      expect(ended.code).toBe(code);
      expect(ended.stderr).toContain(message);
      expect(existsSync(to)).toBe(false);
    }
  });

  test('onto a host where the same names have other numbers: by number, or by name', async () => {
    const host = makeHost();
    execFileSync('chown', ['4001:5001', join(host.tree, 'one')]);
    execFileSync('chown', ['4009:5009', join(host.tree, 'sub/two')]); // of nobody who has a name
    const accounts = (id: number): string[] => {
      const files = ['passwd', 'group'].map((name) => join(host.directory, `${name}-${id}`));
      writeFileSync(files[0] ?? '', `root:x:0:0::/:\nann:x:${id}:${id}::/:\n`);
      writeFileSync(files[1] ?? '', `root:x:0:\nstaff:x:${id + 1000}:\n`);
      return files;
    };
    const asHost = (id: number, argv: readonly string[]) =>
      run(
        inMountNamespace(
          'mount --bind "$1" /etc/passwd; mount --bind "$2" /etc/group; shift 2; exec "$@"',
          ...accounts(id),
          process.execPath,
          ...argv,
        ),
      );
    const made = await asHost(4001, backupCommand(host, '--date', '2026-01-01'));
    expect(made.code, made.stderr).toBe(0);
    for (const [how, owner] of [
      [[], '4001:5001'],
      [['--owners', 'name'], '4002:5002'],
    ] as const) {
      const to = temporaryDirectory();
      const keys = ['--signer', host.signer, '-i', host.identity];
      const date = join(host.staging, '2026-01-01');
      const restored = await asHost(4002, [builtCommand('hcoop-restore'), ...keys, ...how, '--to', to, date]);
      expect(restored.code, restored.stderr).toBe(0);
      const ownerOf = (name: string): string =>
        execFileSync('stat', ['-c', '%u:%g', join(to, host.tree, name)])
          .toString()
          .trim();
      expect(ownerOf('one')).toBe(owner);
      expect(ownerOf('sub/two')).toBe('4009:5009');
    }
  });

  test('lists the dates', async () => {
    const host = await published();
    await host.backup('--date', '2026-01-02');
    mkdirSync(join(host.staging, '2026-02-31'));
    symlinkSync('2026-01-01', join(host.staging, '2026-01-05'));
    expect((await restore(host)).stdout.toString()).toBe(
      `${host.staging}/2026-01-01/\n${host.staging}/2026-01-02/\n`,
    );
  });

  test('from a date that does not verify only when told, and then from what still opens', async () => {
    const host = await published();
    writeFileSync(join(host.staging, '2026-01-01', 'MANIFEST.json'), '{}');
    const to = join(host.directory, 'restored');
    expect((await restore(host, '--to', to, '2026-01-01')).code).toBe(2);
    expect(await restore(host, '--unverified', '--to', to, '2026-01-01')).toMatchObject({ code: 0 });
    expect(describeTree(join(to, host.tree))).toEqual(describeTree(host.tree));
  });
});

describe('before it starts', () => {
  test('--dry-run writes the paths, says how much, and publishes nothing', async () => {
    const host = makeHost();
    const ended = await host.backup('--dry-run');
    expect(ended.stdout.toString()).toContain(`${host.tree}/sub/two\n`);
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('paths, 0.0 MB before compression'),
    });
    expect(() => statSync(host.staging)).toThrow('ENOENT');
  });

  test('no recipients: nothing is stored unencrypted by accident', async () => {
    const host = makeHost();
    writeFileSync(
      host.config,
      readFileSync(host.config, 'utf8').replace(/^recipient_files.*$/m, 'recipient_files = []'),
    );
    expect(await host.backup()).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('hcoop-backup: recipients: none configured'),
    });
  });

  test('a file of recipients that is not there is told before anything is read, with how to make one', async () => {
    const host = makeHost();
    rmSync(host.recipients);
    const { code, stderr } = await host.backup();
    expect(code).toBe(64);
    expect(stderr).toBe(
      `hcoop-backup: ${host.recipients}: no such file, so there is nobody to seal for\nhcoop-backup: hint: age-keygen -o KEY on another machine, then put its public key into /etc/hcoop-backup/recipients.txt or give -R FILE\n`,
    );
  });

  test.each([
    ['keep = "two"', ':1: keep: invalid input: expected number, received string'],
    ['state = "relative"', ':1: state: an absolute path, without a newline'],
    ['stagin = "/x"', ':1: stagin: unrecognized key: "stagin"'],
    ['\n[seal]\ncipher = "rot13"', ':3: seal.cipher: invalid option: expected one of "age"|"ccrypt"|"none"'],
    ['\n\n[system]\nenabled = 3', ':4: system.enabled: invalid input: expected boolean, received number'],
    ['[locked.files]\npaths = ["/x"]\nlock_file = "/x"', ':1: locked.files: invalid key in record'],
    ['[locked.x]\npaths = ["/x"]', ':1: locked.x: either lock_file or lock_command'],
    ['keep = 1\nkeep = 2', ':2: '],
    ['keep = ', ':1: '],
  ])('a mistake in the configuration is named with its line: %j', async (text, message) => {
    const config = join(temporaryDirectory(), 'config.toml');
    writeFileSync(config, text);
    const ended = await run([builtCommand('hcoop-backup'), '--config', config, '--check-config']);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain(`hcoop-backup: ${config}${message}`);
  });

  test('the example configuration and the schema made from the same source', async () => {
    const example = join(import.meta.dirname, '../etc/config.toml');
    expect(await run([builtCommand('hcoop-backup'), '--config', example, '--check-config'])).toMatchObject({
      code: 0,
    });
    const schema = JSON.parse(
      (await run([builtCommand('hcoop-backup'), '--config-schema'])).stdout.toString(),
    );
    expect(Object.keys(schema.properties)).toEqual([
      'staging',
      'group',
      'state',
      'keep',
      'drill_signers',
      'host',
      'seal',
      'files',
      'archives',
      'logs',
      'gate',
      'notify',
      'afs',
      'databases',
      'spamd',
      'locked',
      'system',
      'monitor',
    ]);
  });

  test.each([
    [['hcoop-backup', '--nope'], 'hcoop-backup: usage: unknown argument: nope'],
    [['hcoop-backup', '--date', '2026-02-30'], 'hcoop-backup: --date: not a date: 2026-02-30'],
    [['hcoop-backup', '--config', '/nowhere'], 'hcoop-backup: /nowhere: no such file or directory'],
    [['hcoop-verify'], 'hcoop-verify: dates: none given'],
    [['hcoop-restore', '2026-01-01'], 'hcoop-restore: hcoop-restore: nothing to do'],
  ])('%j: 64 and one clear message', async ([name = '', ...args], message) => {
    const ended = await run([builtCommand(name), ...args]);
    expect(ended.code).toBe(64);
    expect(ended.stderr.split('\n')[0]).toBe(message);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
  });
});

test('the annoying files are what neither a package nor a rule expects', async () => {
  const host = makeHost();
  const expected = join(host.directory, 'expected.rules');
  writeFileSync(expected, 'two\n');
  writeFileSync(
    host.config,
    readFileSync(host.config, 'utf8').replace('expected = []', `expected = ["${expected}"]`),
  );
  appendFileSync(join(host.tree, 'one'), 'x');
  chmodSync(join(host.tree, 'one'), 0o600);
  expect(await host.backup('--date', '2026-01-01')).toMatchObject({
    stderr: expect.stringContaining('annoying files: '),
  });
  const annoying = readFileSync(join(host.state, 'lists/annoying'), 'utf8').split('\0');
  expect(annoying).toContain(`${host.tree}/one`);
  expect(annoying).not.toContain(`${host.tree}/sub/two`);
});
