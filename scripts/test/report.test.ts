import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import {
  backupCommand,
  builtCommand,
  inMountNamespace,
  makeHost,
  node,
  run,
  start,
  type TestHost,
  until,
} from 'test-kit';
import { describe, expect, test } from 'vitest';
import { type RunReport, runReportSchema } from '../src/report/run-report.ts';
import { aRun } from './run-reports.ts';

interface MailedHost extends TestHost {
  /** The mails that were sent, oldest first. */
  mails(): Promise<ParsedMail[]>;
  runs(): RunReport[];
  /** Runs lines of a mail in a shell, with this host's configuration. */
  follow(lines: readonly string[]): Promise<string>;
}

/** A host whose mail goes to a stand-in for sendmail, which stores its stdin, and whose rules are in directories. */
function mailedHost(settings = '', notify = ''): MailedHost {
  const host = makeHost(`[system]\nenabled = false\n${settings}[notify]\n${notify}`);
  const [sent, exclude, expected] = ['sent', 'exclude.d', 'expected.d'].map((name) =>
    join(host.directory, name),
  ) as [string, string, string];
  for (const directory of [sent, exclude, expected]) mkdirSync(directory);
  const standIn = join(host.directory, 'sendmail-stand-in');
  writeFileSync(standIn, `#!/bin/sh\nexec cat >"${sent}/$(date +%s%N)"\n`, { mode: 0o755 });
  const config = readFileSync(host.config, 'utf8')
    .replace('exclude = []', `exclude = ["${exclude}"]`)
    .replace('expected = []', `expected = ["${expected}"]`);
  writeFileSync(
    host.config,
    `${config.replace('[notify]\n', `[notify]\n${notify.includes('sendmail') ? '' : `sendmail = "${standIn}"\n`}`)}
[gate]\nstate = "${host.directory}/gate"\n`,
  );
  return {
    ...host,
    mails: () =>
      Promise.all(
        readdirSync(sent)
          .sort()
          .map((name) => simpleParser(readFileSync(join(sent, name)))),
      ),
    runs: () => {
      const directory = join(host.state, 'runs');
      const names = readdirSync(directory).sort();
      return names.map((name) =>
        runReportSchema.parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))),
      );
    },
    follow: async (lines) => {
      const words = [node, ...backupCommand(host)].map((word) => `'${word}'`).join(' ');
      const ended = await run(['bash', '-euc', `hcoop-backup() { ${words} "$@"; }\n${lines.join('\n')}`]);
      expect(ended.code, ended.stderr).toBe(0);
      return ended.stderr;
    },
  };
}

const commandsFor = (mail: ParsedMail | undefined, verb: string): string[] =>
  (mail?.text ?? '').split('\n').filter((line) => line.startsWith(`    hcoop-backup ${verb} `));

describe('the mail of a run', () => {
  test('has both forms, and a record beside it that is root’s alone', async () => {
    const host = mailedHost('', 'to = ["root", "admins@example.org"]\nfrom = "backup@example.org"\n');
    expect(await host.backup('--date', '2026-01-01')).toMatchObject({ code: 0 });
    const [mail, none] = await host.mails();
    expect(none).toBeUndefined();
    expect(mail?.subject).toBe('[backup] example: ok, 2 unexpected files');
    expect(mail?.text).toContain(`${host.tree}/  2 new, 13 B, root`);
    expect(mail?.html).toContain('hcoop-backup expect ');
    expect(mail?.messageId).toMatch(/^<hcoop-backup\.\w+@example>$/);
    const [record] = host.runs();
    expect(record).toMatchObject({
      ...{ host: 'example', date: '2026-01-01', status: 'ok', exitCode: 0, sequence: 1 },
      published: `${host.staging}/2026-01-01`,
      annoying: {
        count: 2,
        newCount: 2,
        bytes: 13,
        groups: [{ directory: `${host.tree}/`, rule: `${host.tree}/` }],
      },
    });
    expect(record?.components.files?.newBytes).toBe(record?.components.files?.bytes);
    const listed = execFileSync('find', [join(host.state, 'runs'), '-printf', '%m %y\n']).toString();
    expect(listed).toBe('700 d\n600 f\n');
  });

  test('the second one tells what is new, and that the archives are the same', async () => {
    const host = mailedHost();
    await host.backup('--date', '2026-01-01');
    writeFileSync(join(host.tree, 'sub', 'three'), 'third\n');
    await host.backup('--date', '2026-01-02');
    const [, mail] = await host.mails();
    expect(mail?.text).toContain('  1 new of 3,');
    expect(mail?.text).toContain('  - sub/three  6 B, root');
    expect(mail?.text).not.toContain('- one');
    expect(mail?.text).toContain('2 files that a mail has named before.');
    const [, record] = host.runs();
    expect(record?.components.files?.newBytes).toBeLessThan(record?.components.files?.bytes ?? 0);
  });

  test('its own lines, put into a shell, leave nothing to report; hostile names are inert in it', async () => {
    const host = mailedHost();
    // A directory that has other things too, where each file has a line; and one that is told of as a whole.
    const names = String.raw`cd "$1"; mkdir mixed 'whole <script>alert(1)' $'by\xfftes'; touch mixed/expected
      for d in mixed whole* $'by\xfftes'; do touch "$d/"{a,'b c',"it's",'*?[x]','back\slash','#x','!x',$'\u202egnp.exe',$'\e[31m','<img src=x>'} \
        "$d/"{$'\xff','trailing ',$'cr\r','<b>'}; done; touch $'by\xfftes/expected'; cd whole*; touch $'new\nline'`;
    execFileSync('bash', ['-euc', names, 'bash', host.tree]);
    const expected = join(host.directory, 'expected.d/own.rules');
    writeFileSync(expected, `${host.tree}/one\n${host.tree}/sub/\n${host.tree}/*/expected\n`);
    await host.backup('--date', '2026-01-01');
    const [mail] = await host.mails();
    expect(mail?.subject).toBe('[backup] example: ok, 43 unexpected files');
    for (const part of [mail?.text, mail?.html])
      expect(`${part}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(mail?.html).not.toMatch(/<script|<img|<b>/);
    expect(mail?.text).toContain('<script>');
    const commands = commandsFor(mail, 'expect');
    expect(commands.length).toBeGreaterThan(3);
    await host.follow(commands);
    await host.backup('--date', '2026-01-02');
    const [, after] = await host.mails();
    expect(after?.subject).toBe('[backup] example: ok');
    expect(host.runs()[1]?.annoying).toMatchObject({ count: 0, groups: [] });
    expect(readFileSync(join(host.directory, 'expected.d/local.rules'), 'latin1')).toMatch(
      /^# \w+, \d{4}-\d\d-\d\dT\d\d:\d\dZ: hcoop-backup expect$/m,
    );
  });

  test('where a name has a newline and its directory has other things, the directory is to be expected', async () => {
    const host = mailedHost();
    execFileSync('bash', ['-c', String.raw`cd "$1"; touch $'new\nline'`, 'bash', host.tree]);
    writeFileSync(join(host.directory, 'expected.d/own.rules'), `${host.tree}/one\n${host.tree}/sub/\n`);
    await host.backup('--date', '2026-01-01');
    const [mail] = await host.mails();
    expect(commandsFor(mail, 'exclude')).toEqual([]);
    await host.follow(commandsFor(mail, 'expect'));
    await host.backup('--date', '2026-01-02');
    expect(host.runs()[1]?.annoying.count).toBe(0);
  });

  test('where the directory has the newline in its name, the mail does not promise what is refused', async () => {
    const host = mailedHost();
    mkdirSync(join(host.tree, 'new\nline'));
    writeFileSync(join(host.tree, 'new\nline', 'file'), '');
    writeFileSync(join(host.directory, 'expected.d/own.rules'), `${host.tree}/one\n${host.tree}/sub/\n`);
    await host.backup('--date', '2026-01-01');
    const [mail] = await host.mails();
    expect(mail?.text?.replace(/\s+/g, ' ')).toContain('No rule can be for a name with a newline');
    expect(mail?.text).not.toContain('expect takes their paths');
  });

  test('what is excluded by its lines is not stored any more, and the next one says how much that is', async () => {
    const host = mailedHost();
    await host.backup('--date', '2026-01-01');
    const [mail] = await host.mails();
    const said = await host.follow(commandsFor(mail, 'exclude'));
    expect(said).toContain('4 paths of the last run not stored any more, 2 of them unexpected');
    writeFileSync(join(host.directory, 'exclude.d/z.rules'), `!${host.tree}/\n${host.tree}/sub/\n`);
    await host.backup('--date', '2026-01-02');
    const [, after] = await host.mails();
    expect(after?.text).toContain('New rules take out 2 paths, 7 B, that the last date has');
  });
});

describe('a run that failed', () => {
  test('is told with why and what to do', async () => {
    const host = mailedHost();
    await host.backup('hold', 'new disks');
    expect(await host.backup('--date', '2026-01-01')).toMatchObject({ code: 2 });
    const [mail] = await host.mails();
    expect(mail?.subject).toBe('[backup] example: FAILED');
    expect(mail?.text).toMatch(
      /Why it failed\n-+\nheld: by \w+ since \S+ new disks\nWhat to do: hcoop-backup release/,
    );
    expect(host.runs()).toMatchObject([{ status: 'failed', exitCode: 2, published: null, sequence: null }]);
    expect(existsSync(join(host.state, 'lists/reported'))).toBe(false);
  });

  test('so is what a program of it said was lost, with its hint', async () => {
    const host = mailedHost('[databases]\nitems = ["/nowhere/dumps"]\nno_dump = ["*"]\n');
    expect(await host.backup('--date', '2026-01-01')).toMatchObject({ code: 1 });
    const [mail] = await host.mails();
    expect(mail?.subject).toBe('[backup] example: INCOMPLETE, 2 unexpected files');
    const [record] = host.runs();
    expect(record?.losses.first.map(({ what }) => what)).toContain('/nowhere/dumps');
    expect(mail?.text).toMatch(/^ {2}databases +FAILED/m);
    for (const { why } of record?.losses.first ?? []) expect(mail?.text?.replace(/\s+/g, ' ')).toContain(why);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'so is one that %s has ended, as soon as somebody can',
    async (signal) => {
      const hang = '[locked.hangs]\npaths = ["/etc/hostname"]\nlock_command = ["/bin/sleep", "86400"]\n';
      const host = mailedHost(hang);
      const { child, ended } = start([...backupCommand(host, '--date', '2026-01-01')]);
      const runFile = join(host.staging, '.status/run.json');
      await until(() => existsSync(runFile) && readFileSync(runFile, 'utf8').includes('"at":"hangs"'));
      child.kill(signal);
      // Of one that has not unwound within three seconds of SIGTERM, on a machine that is busy, the same is left as after SIGKILL.
      const wasKilled = (await ended).signal !== null;
      if (wasKilled) expect(await host.backup('report', '--overdue')).toMatchObject({ code: 0 });
      await until(() => existsSync(join(host.state, 'told.json')));
      const [record, other] = host.runs();
      expect([record?.status, other]).toEqual(['failed', undefined]);
      const has = record?.exitCode === 143 ? 'all' : 'its beginning';
      expect(signal === 'SIGKILL' ? 'its beginning' : wasKilled ? has : 'all').toBe(has);
      const [mail, none] = await host.mails();
      expect(none).toBeUndefined();
      expect(mail?.subject).toBe(`[backup] example: FAILED${has === 'all' ? ', 2 unexpected files' : ''}`);
      expect(mail?.text).toContain(
        has === 'all' ? 'interrupted: by a signal' : 'killed: the run that began at',
      );
    },
  );
});

test('a run is told, once, also after the clock was set back, or where its history is lost', async () => {
  const host = mailedHost();
  const ahead = {
    started: '2099-01-01T00:00:00.000Z',
    finished: '2099-01-01T00:10:00.000Z',
    host: 'example',
  };
  mkdirSync(join(host.state, 'runs'), { recursive: true });
  writeFileSync(join(host.state, `runs/${ahead.started}.json`), JSON.stringify(aRun(ahead)));
  writeFileSync(join(host.state, 'told.json'), JSON.stringify({ run: ahead.started }));
  const subjects = async () => (await host.mails()).map(({ subject }) => subject);
  for (const [date, count] of [
    ['2026-01-01', 1],
    ['2026-01-02', 2],
  ] as const) {
    await host.backup('--date', date);
    expect(await subjects()).toEqual(Array(count).fill('[backup] example: ok, 2 unexpected files'));
  }
  writeFileSync(join(host.state, 'told.json'), 'damaged');
  await host.backup('report', '--overdue');
  expect(await subjects()).toHaveLength(2);
});

test('that the disk is full, which has no room for the record either, is told', async () => {
  const host = mailedHost();
  mkdirSync(host.state);
  const full = `mount -t tmpfs -o size=2m,mode=700 tmpfs "$1"; dd if=/dev/zero of="$1/full" bs=4k status=none || true; shift; exec "$@"`;
  const ended = await run(inMountNamespace(full, host.state, node, ...backupCommand(host)));
  expect(ended.code, ended.stderr).toBe(2);
  const [mail, none] = await host.mails();
  expect(none).toBeUndefined();
  expect(mail?.subject).toBe('[backup] example: FAILED');
  expect(mail?.text).toContain('no space left on device');
});

describe('a mail that nobody takes', () => {
  test.each([
    ['the next run', ['--date', '2026-01-02'], 2],
    ['report --overdue', ['report', '--overdue'], 1],
  ])('waits, is named, and does not fail the backup; %s sends it', async (_, args, count) => {
    const host = mailedHost('', 'sendmail = "/bin/false"\n');
    const ended = await host.backup('--date', '2026-01-01');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain(`hcoop-backup: mail: not sent yet: it is kept in ${host.state}/outbox\n`);
    expect(await host.backup('report', '--overdue')).toMatchObject({ code: 1 });
    const config = readFileSync(host.config, 'utf8');
    writeFileSync(host.config, config.replace('/bin/false', join(host.directory, 'sendmail-stand-in')));
    expect(await host.backup(...args)).toMatchObject({ code: 0 });
    const subjects = (await host.mails()).map(({ subject }) => subject);
    expect(subjects).toEqual(Array(count).fill('[backup] example: ok, 2 unexpected files'));
  });

  test('without a configuration or a mail server it is written to the outbox, and nothing has failed', async () => {
    const host = makeHost();
    const config = readFileSync(host.config, 'utf8').replace('notify.enabled = false\n', '');
    writeFileSync(host.config, config);
    const hidden = '[ ! -e /usr/sbin/sendmail ] || mount --bind /dev/null /usr/sbin/sendmail; exec "$@"';
    const ended = await run(inMountNamespace(hidden, node, ...backupCommand(host, '--date', '2026-01-01')));
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain(`mail: nobody takes it here: it is kept in ${host.state}/outbox`);
    expect(ended.stderr).not.toContain('notify-admins');
    const outbox = execFileSync('grep', ['-rl', 'unexpected files', join(host.state, 'outbox')]).toString();
    expect(outbox).not.toBe('');
  });
});

describe('the history', () => {
  test('of a damaged record it names the file, and goes on without it; it keeps the newest 400', async () => {
    const host = mailedHost();
    const directory = join(host.state, 'runs');
    mkdirSync(directory, { recursive: true });
    for (let i = 0; i < 401; i += 1) {
      const started = new Date(Date.UTC(2020, 0, 1, i)).toISOString();
      const text = i === 400 ? '{"format":' : JSON.stringify(aRun({ started, host: 'example' }));
      writeFileSync(join(directory, `${started}.json`), text);
    }
    const told = { run: new Date(Date.UTC(2020, 0, 17, 15)).toISOString() };
    writeFileSync(join(host.state, 'told.json'), JSON.stringify(told));
    const ended = await host.backup('--date', '2026-01-01');
    expect(ended.code, ended.stderr).toBe(0);
    const damaged = '2020-01-17T16:00:00.000Z.json';
    expect(ended.stderr).toContain(`${directory}/${damaged}: left out of the history: not JSON`);
    const names = readdirSync(directory).sort();
    expect(names).toHaveLength(400);
    expect(names[0]).toBe('2020-01-01T02:00:00.000Z.json');
    const text = (await host.backup('report')).stdout.toString();
    expect(text).toContain('far less than the 40000 paths of the last 20 runs');
  });
});

describe('report --overdue', () => {
  const old = { lookedSince: '2020-01-01T00:00:00.000Z' };

  test('tells once a day that nothing is made', async () => {
    const host = mailedHost();
    expect(await host.backup('report', '--overdue')).toMatchObject({ code: 0 });
    expect(await host.mails()).toEqual([]); // somebody looks for the first time: it may just have been set up
    writeFileSync(join(host.state, 'told.json'), JSON.stringify(old));
    for (let i = 0; i < 2; i += 1)
      expect(await host.backup('report', '--overdue')).toMatchObject({ code: 0 });
    const [mail, none] = await host.mails();
    expect(none).toBeUndefined();
    expect(mail?.subject).toBe('[backup] example: OVERDUE, no backup has ever been made');
    expect(mail?.text).toContain('hcoop-backup status');
    expect(mail?.html).toContain('no date has been published');
    const told = JSON.parse(readFileSync(join(host.state, 'told.json'), 'utf8'));
    writeFileSync(
      join(host.state, 'told.json'),
      JSON.stringify({ ...told, overdue: '2020-01-02T00:00:00.000Z' }),
    );
    await host.backup('report', '--overdue');
    expect(await host.mails()).toHaveLength(2);
  });

  test('keeps no backup from beginning while a mail server is silent', async () => {
    const host = mailedHost();
    const standIn = join(host.directory, 'sendmail-stand-in');
    const [asked, answer] = [join(host.directory, 'asked'), join(host.directory, 'answer')];
    execFileSync('mkfifo', [answer]);
    mkdirSync(host.state);
    writeFileSync(join(host.state, 'told.json'), JSON.stringify(old));
    writeFileSync(standIn, `#!/bin/sh\n: >"${asked}"\nexec cat "${answer}" >/dev/null\n`);
    const { ended } = start(backupCommand(host, 'report', '--overdue'));
    await until(() => existsSync(asked));
    const backup = await host.backup('--dry-run');
    writeFileSync(answer, '');
    expect(await ended).toMatchObject({ code: 0 });
    expect(backup.code, backup.stderr).toBe(0);
  });

  test('is not kept quiet by a run of a clock that was ahead', async () => {
    const host = mailedHost();
    const ahead = { started: '2099-01-01T00:00:00.000Z', finished: '2099-01-01T00:10:00.000Z' };
    mkdirSync(join(host.state, 'runs'), { recursive: true });
    writeFileSync(join(host.state, `runs/${ahead.started}.json`), JSON.stringify(aRun(ahead)));
    writeFileSync(join(host.state, 'told.json'), JSON.stringify({ ...old, run: ahead.started }));
    await host.backup('report', '--overdue');
    const [mail] = await host.mails();
    expect(mail?.subject).toContain('OVERDUE');
  });

  test('says nothing where a date is new', async () => {
    const host = mailedHost();
    await host.backup('--date', '2026-01-01');
    const told = JSON.parse(readFileSync(join(host.state, 'told.json'), 'utf8'));
    writeFileSync(join(host.state, 'told.json'), JSON.stringify({ ...told, ...old }));
    expect((await host.backup('report', '--overdue')).stderr).toBe('hcoop-backup: overdue: nothing is\n');
    expect(await host.mails()).toHaveLength(1);
  });
});

describe('expect and exclude', () => {
  test.each([
    ['/', 'a rule for everything is refused'],
    ['/.', 'a rule for everything is refused'],
    ['/etc/..', 'a rule for everything is refused'],
    ['', 'is no path'],
    ['/etc/hostname/', 'is no directory'],
    ['/nowhere/new\nline', 'a newline in the name'],
  ])('refuse %j', async (path, why) => {
    const host = mailedHost();
    for (const word of ['expect', 'exclude']) {
      const ended = await host.backup(word, path);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(why);
    }
    for (const name of ['expected.d', 'exclude.d'])
      expect(readdirSync(join(host.directory, name))).toEqual([]);
  });

  test('refuse what is a rule already, and take the others; the file stays who it belongs to', async () => {
    const host = mailedHost();
    const file = join(host.directory, 'expected.d/local.rules');
    writeFileSync(file, `${host.tree}/one`);
    chmodSync(file, 0o640);
    execFileSync('chown', ['nobody', file]);
    const ended = await host.backup(
      'expect',
      join(host.tree, 'one'),
      join(host.tree, 'sub'),
      `${host.tree}/sub/../sub/`,
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${host.tree}/one: is expected already, by ${file}:1:${host.tree}/one`);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toEqual([`${host.tree}/one`, '', expect.stringMatching(/^# /), `${host.tree}/sub/`, '']);
    expect(execFileSync('stat', ['-c', '%U %a', file]).toString()).toBe('nobody 640\n');
  });

  test('take the directory that somebody is in, by its name', async () => {
    const host = mailedHost();
    const command = [node, ...backupCommand(host, 'expect', '.', '..')];
    const ended = await run(command, { cwd: join(host.tree, 'sub') });
    expect(ended.code, ended.stderr).toBe(0);
    const lines = readFileSync(join(host.directory, 'expected.d/local.rules'), 'utf8').split('\n');
    expect(lines.slice(1, -1)).toEqual([`${host.tree}/sub/`, `${host.tree}/`]);
  });

  test('name the rule that makes theirs of no effect', async () => {
    const host = mailedHost();
    writeFileSync(join(host.directory, 'exclude.d/z.rules'), `!${host.tree}/sub/\n`);
    const ended = await host.backup('exclude', join(host.tree, 'sub'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(
      `not excluded: ${host.directory}/exclude.d/z.rules:1:!${host.tree}/sub/ decides`,
    );
  });

  test('without a place for rules, say so', async () => {
    const host = makeHost();
    expect(await host.backup('expect', '/srv/app/')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('files.expected: no rule file is configured'),
    });
  });
});

test('the example of the mail’s table is a configuration', async () => {
  const example = readFileSync(join(import.meta.dirname, '../etc/config.toml'), 'utf8');
  const table = example.slice(example.indexOf('# [notify]')).split('\n\n')[0] ?? '';
  const host = makeHost();
  const lines = table.split('\n').map((line) => line.replace(/^# (?=\[|\w+ = )/, ''));
  writeFileSync(host.config, lines.join('\n'));
  const ended = await run([builtCommand('hcoop-backup'), '--config', host.config, '--check-config']);
  expect(ended.stderr).toBe('hcoop-backup: configuration: no mistakes found\n');
  rmSync(host.config);
});
