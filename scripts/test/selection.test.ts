import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMountNamespace, makeHost, run, type TestHost } from 'test-kit';
import { describe, expect, test } from 'vitest';

/** A host whose rules are in files of its own: what they exclude, and what they expect. */
function hostWithRules(exclude: string, expected = ''): TestHost & { write: (exclude: string) => void } {
  const host = makeHost();
  const [excludeFile, expectedFile] = [join(host.directory, 'x.rules'), join(host.directory, 'e.rules')];
  const write = (rules: string): void => writeFileSync(excludeFile, rules);
  write(exclude);
  writeFileSync(expectedFile, expected);
  const config = readFileSync(host.config, 'utf8')
    .replace('exclude = []', `exclude = ["${excludeFile}"]`)
    .replace('expected = []', `expected = ["${expectedFile}"]`);
  writeFileSync(host.config, config);
  return { ...host, write };
}

function coverageOf(host: TestHost, date: string): { walked: number; classes: Record<string, number> } {
  return JSON.parse(readFileSync(join(host.staging, date, 'MANIFEST.json'), 'utf8')).components.files
    .coverage;
}

describe('the coverage ledger', () => {
  test('has every entry of the walk in one class, in the manifest and in the summary', async () => {
    const host = hostWithRules('*.log\n/**/cache/\n');
    execFileSync('bash', [
      '-c',
      'cd "$1"; mkdir -p cache/deep; touch a.log sub/b.log cache/deep/{x,y}',
      'bash',
      host.tree,
    ]);
    mkdirSync(join(host.tree, 'closed'));
    const ended = await host.backup('--date', '2026-01-01');
    expect(ended.code, ended.stderr).toBe(0);
    const { walked, classes } = coverageOf(host, '2026-01-01');
    const found = execFileSync('find', [host.tree]).toString().trim().split('\n');
    expect(walked).toBe(found.length);
    expect(classes).toEqual({ excluded: 6, orphan: walked - 6 });
    expect(ended.stderr).toContain(`coverage: ${walked} entries: 6 excluded, ${walked - 6} orphan\n`);
  });

  test('adds up over the file system of this machine', async () => {
    const host = makeHost();
    const config = readFileSync(host.config, 'utf8');
    writeFileSync(
      host.config,
      config.replace(`roots = ["${host.tree}"]`, 'roots = ["/etc", "/usr/share"]\nverify = "none"'),
    );
    const ended = await host.backup('--dry-run');
    expect(ended.code, ended.stderr).toBe(0);
    const [, walked, rest = ''] = /coverage: (\d+) entries: (.*)\n/.exec(ended.stderr) ?? [];
    const counts = rest.split(', ').map((part) => Number.parseInt(part, 10));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(walked));
    const found = execFileSync('find', ['/etc', '/usr/share', '-xdev', '-printf', '.']);
    expect(Number(walked)).toBe(found.length);
  });
});

test('a bind mount of what rules exclude is a loss, and named', async () => {
  const host = hostWithRules('hidden/\n');
  execFileSync('bash', ['-c', 'cd "$1"; mkdir hidden shown; touch hidden/x', 'bash', host.tree]);
  const script = 'mount --bind "$1/hidden" "$1/shown"; shift; exec "$@"';
  const ended = await run(
    inMountNamespace(script, host.tree, process.execPath, ...hcoopBackup(host), '--dry-run'),
  );
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(
    `${host.tree}/shown/: not stored: a bind mount of ${host.tree}/hidden/, which the rules exclude\n`,
  );
  host.write('hidden/\nshown/\n');
  const told = await run(
    inMountNamespace(script, host.tree, process.execPath, ...hcoopBackup(host), '--dry-run'),
  );
  expect(told.code, told.stderr).toBe(0);
});

describe('when rules change', () => {
  test('the run says how much of the last date is dropped, first of all, and lists it', async () => {
    const host = hostWithRules('');
    writeFileSync(join(host.tree, 'sub/big'), Buffer.alloc(3_000_000));
    writeFileSync(join(host.tree, 'never'), 'x');
    expect((await host.backup('--date', '2026-01-01')).stderr).not.toContain('rules: ');
    host.write('sub/\n/**/new\n');
    writeFileSync(join(host.tree, 'new'), 'was in no date');
    const dry = await host.backup('--dry-run');
    expect(dry.stderr).toMatch(
      /^hcoop-backup: rules: new ones exclude 3 paths, 3\.0 MB, that the last date has/,
    );
    const ended = await host.backup('--date', '2026-01-02');
    expect(ended.stderr).toMatch(
      /^hcoop-backup: rules: new ones exclude 3 paths, 3\.0 MB, that the last date has, listed in /,
    );
    const dropped = readFileSync(join(host.state, 'lists/dropped'), 'utf8').split('\0');
    expect(dropped).toEqual([`${host.tree}/sub/`, `${host.tree}/sub/big`, `${host.tree}/sub/two`, '']);
    expect((await host.backup('--date', '2026-01-03')).stderr).not.toContain('rules: '); // told once
  });

  test('a list of the last date that is not whole is said to be', async () => {
    const host = hostWithRules('');
    await host.backup('--date', '2026-01-01');
    writeFileSync(join(host.state, 'lists/stored'), '/half');
    const said = 'rules: what they drop is not known: the list of the last date is not whole';
    expect((await host.backup('--dry-run')).stderr).toContain(said);
    rmSync(join(host.state, 'lists/stored'));
    expect((await host.backup('--dry-run')).stderr).toContain(said);
  });

  test('what was removed is not said to be dropped by rules', async () => {
    const host = hostWithRules('');
    await host.backup('--date', '2026-01-01');
    rmSync(join(host.tree, 'one'));
    host.write('/**/one\n');
    expect((await host.backup('--date', '2026-01-02')).stderr).not.toContain('rules: ');
  });

  test('a run that publishes nothing leaves what is compared with as it was', async () => {
    const host = hostWithRules('');
    await host.backup('--date', '2026-01-01');
    host.write('sub/\n');
    writeFileSync(host.recipients, 'age1nonsense\n');
    expect((await host.backup('--date', '2026-01-02')).code).toBe(2);
    writeFileSync(host.recipients, execFileSync('age-keygen', ['-y', host.identity]));
    expect((await host.backup('--date', '2026-01-03')).stderr).toContain('rules: new ones exclude 2 paths');
  });
});

test("dpkg's database is left out only where the system component has it", async () => {
  for (const [enabled, said] of [
    [true, 'not stored: excluded by '],
    [false, 'stored: orphan, no package has it'],
  ] as const) {
    const host = makeHost(`[system]\nenabled = ${enabled}\n`);
    const config = readFileSync(host.config, 'utf8')
      .replace(`roots = ["${host.tree}"]`, 'roots = ["/"]')
      .replace('exclude = []', `exclude = ["${join(import.meta.dirname, '../etc/exclude.d')}"]`);
    writeFileSync(host.config, config);
    const ended = await host.backup('explain', '/var/lib/dpkg/status');
    expect(ended.stdout.toString()).toContain(`  next run: ${said}`);
  }
});

describe('explain', () => {
  const explained = async (host: TestHost, ...paths: string[]): Promise<string> => {
    const ended = await host.backup('explain', ...paths);
    expect(ended.code, ended.stderr).toBe(0);
    return ended.stdout.toString();
  };

  test('of what is stored: why, since when, where, and the command that brings it back', async () => {
    const host = hostWithRules('', 'two\n');
    expect(await explained(host, join(host.tree, 'one'))).toBe(
      `${host.tree}/one
  next run: stored: orphan, no package has it
  report: annoying, for no rule expects it
  dates: none is published yet
`,
    );
    await host.backup('--date', '2026-01-01');
    writeFileSync(join(host.tree, 'late'), '');
    await host.backup('--date', '2026-01-02');
    const two = await explained(host, join(host.tree, 'sub/two'));
    expect(two).toContain(`  report: expected by ${host.directory}/e.rules:1:two\n`);
    expect(two).toMatch(/ {2}in 2026-01-02: files\/000001\.tar\.zst\.age, 7 bytes, last changed 20\S+Z\n/);
    expect(two).toContain('  since: 2026-01-01, the oldest date that is kept\n');
    expect(await explained(host, join(host.tree, 'late'))).toContain('  since: 2026-01-02\n');
    // The command, as it is written.
    const command = /restore: (.*)/.exec(two)?.[1] ?? '';
    const to = join(host.directory, 'restored');
    const script = command
      .replace('hcoop-restore', '"$RESTORE" --signer "$SIGNER"')
      .replace('IDENTITY', '"$IDENTITY"')
      .replace('DIR', '"$TO"');
    const env = {
      RESTORE: join(import.meta.dirname, '../dist/hcoop-restore'),
      SIGNER: host.signer,
      IDENTITY: host.identity,
      TO: to,
    };
    const restored = await run(['bash', '-c', script], { env });
    expect(restored.code, restored.stderr).toBe(0);
    expect(readFileSync(join(to, host.tree, 'sub/two'), 'utf8')).toBe('second\n');
  });

  test('of what is not: the rule, the package, the roots, or that it is gone', async () => {
    const host = hostWithRules('# caches\n*.log\n!keep.log\n');
    writeFileSync(join(host.tree, 'x.log'), '');
    writeFileSync(join(host.tree, 'keep.log'), '');
    await host.backup('--date', '2026-01-01');
    const excluded = await explained(host, join(host.tree, 'x.log'));
    expect(excluded).toContain(`  next run: not stored: excluded by ${host.directory}/x.rules:2:*.log\n`);
    expect(excluded).toContain('  dates: none that is kept here has it\n');
    expect(await explained(host, join(host.tree, 'keep.log'))).toContain(
      `rules: kept by ${host.directory}/x.rules:3:!keep.log\n`,
    );
    expect(await explained(host, '/etc/hostname')).toContain('not stored: no configured root holds it\n');
    rmSync(join(host.tree, 'one'));
    expect(await explained(host, join(host.tree, 'sub/two/below'))).toContain('it is not there now\n');
    const gone = await explained(host, join(host.tree, 'one'));
    expect(gone).toContain('  next run: not stored: it is not there now\n');
    expect(gone).toContain('  in 2026-01-01: files/000001.tar.zst.age, 6 bytes');
    const config = readFileSync(host.config, 'utf8');
    writeFileSync(host.config, config.replace(`roots = ["${host.tree}"]`, 'roots = ["/"]'));
    expect(await explained(host, '/usr/bin/md5sum', '/proc/version', '/etc/bash.bashrc')).toBe(
      `/usr/bin/md5sum
  next run: not stored: intact, its package brings it back (coreutils)
  dates: none that is kept here has it

/proc/version
  next run: not stored: elsewhere, it is on a mount that is not entered: no local file system, or one whose content is stored by another name
  dates: none that is kept here has it

/etc/bash.bashrc
  next run: stored: conffile, it is configuration (bash)
  dates: none that is kept here has it
`,
    );
  });

  test('names of any bytes, by links, and directories', async () => {
    const host = hostWithRules('');
    execFileSync('bash', [
      '-c',
      String.raw`cd "$1"; printf x >$'caf\xe9 \'x\'\n'; ln -s sub link`,
      'bash',
      host.tree,
    ]);
    await host.backup('--date', '2026-01-01');
    const block = (
      await run(
        [
          'bash',
          '-c',
          String.raw`"$@" $'caf\xe9 \'x\'\n'`,
          'bash',
          process.execPath,
          ...hcoopBackup(host),
          'explain',
        ],
        { cwd: host.tree },
      )
    ).stdout;
    expect(block.toString()).toContain(`${String.raw`/caf\xe9 'x'\n`}\n  next run: stored: orphan`);
    expect(block.toString()).toContain('  in 2026-01-01: files/000001.tar.zst.age, 1 bytes');
    expect(block.toString()).toContain(`${String.raw`/caf\xe9 \x27x\x27\x0a'`}\n`);
    expect(await explained(host, `${host.tree}/link/two`)).toContain(`${host.tree}/sub/two\n`);
    expect(await explained(host, `${host.tree}/sub`)).toContain(
      `${host.tree}/sub/\n  next run: stored: orphan`,
    );
  });

  test('without a path it is a usage error', async () => {
    expect(await makeHost().backup('explain')).toMatchObject({
      code: 64,
      stderr: 'hcoop-backup: explain: no path given\nhcoop-backup: hint: hcoop-backup explain PATH…\n',
    });
  });
});

function hcoopBackup(host: TestHost): string[] {
  return [join(import.meta.dirname, '../dist/hcoop-backup'), '--config', host.config];
}
