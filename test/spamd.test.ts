import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  backupCommand,
  builtCommand,
  type Ended,
  inMountNamespace,
  makeHost,
  node,
  processesWith,
  run,
  start,
  type TestHost,
  temporaryDirectory,
  until,
} from 'test-kit';
import { makeSpamAssassin, type SpamAssassin, spamMessage } from 'test-servers';
import { describe, expect, onTestFinished, test } from 'vitest';

const date = '2026-01-01';
/** Whether to try what is much the same as something else, too. */
const all = process.env.HCOOP_TEST_ALL !== undefined;
const noSystem = '[system]\nenabled = false\n';

function spamHost({ preferences }: SpamAssassin, timeout: number, more = ''): TestHost {
  return makeHost(
    `${noSystem}[spamd]\nuser = "debian-spamd"\npreferences = "${preferences}"\npaths = []\ntimeout = ${timeout}\n${more}`,
  );
}

/** A configuration with which every file goes to a program that stops at those of a component, and the pipe that it waits for. */
function stopAt(component: string): { settings: string; pipe: string } {
  const directory = temporaryDirectory();
  const [pipe, program] = [join(directory, 'pipe'), join(directory, 'move')];
  execFileSync('mkfifo', [pipe]);
  writeFileSync(
    program,
    `#!/bin/sh\ncase $1 in */${component}/000001.tar*) exec cat ${pipe} - > /dev/null ;; esac\nexec cat > /dev/null\n`,
  );
  chmodSync(program, 0o755);
  return { settings: `[archives]\nmove_over = "${program} {}"\n`, pipe };
}

/** A pipe for writing, once somebody reads it. */
async function openPipe(pipe: string, ended: Promise<Ended>): Promise<number> {
  let gone: Ended | undefined;
  void ended.then((how) => {
    gone = how;
  });
  let fd: number | undefined;
  await until(() => {
    try {
      fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {} // nobody reads it yet
    return fd !== undefined || gone !== undefined;
  });
  if (fd === undefined) throw new Error((await ended).stderr);
  return fd;
}

const statusOf = (host: TestHost, on = date): Record<string, string> => {
  const { components } = JSON.parse(readFileSync(join(host.staging, on, 'MANIFEST.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries<{ status: string }>(components).map(([name, { status }]) => [name, status]),
  );
};

async function restored(host: TestHost, component: string): Promise<string> {
  const to = join(host.directory, 'restored');
  const keys = ['-i', host.identity, '--signer', host.signer];
  const argv = [...keys, '--component', component, '--to', to, join(host.staging, date)];
  const ended = await run([builtCommand('hcoop-restore'), ...argv]);
  expect(ended.code, ended.stderr).toBe(0);
  return to;
}

/** Whether somebody waits for a flock(2) on a file: the kernel's list has it with an arrow. */
const isWaitedFor = (file: string): boolean =>
  new RegExp(`-> FLOCK .*:${statSync(file).ino} `).test(readFileSync('/proc/locks', 'utf8'));
const isInKernelsList = (file: string): boolean =>
  readFileSync('/proc/locks', 'utf8').includes(`:${statSync(file).ino} `);
const isLocked = async (file: string): Promise<boolean> =>
  (await run(['flock', '-n', file, 'true'])).code !== 0;

describe.each(['nfssafe', 'flock'] as const)("SpamAssassin's state, with %s", (lockMethod) => {
  const make = async (): Promise<SpamAssassin> => {
    const spamAssassin = makeSpamAssassin({ lockMethod, user: 'debian-spamd' });
    await spamAssassin.learn([spamMessage('one'), spamMessage('two')]);
    return spamAssassin;
  };
  const isHeld = async ({ lockFile }: SpamAssassin): Promise<boolean> =>
    lockMethod === 'nfssafe' ? existsSync(lockFile) : isLocked(lockFile);
  /** nfssafe makes a file of its own before each try, and flock waits in the kernel. */
  const isTrying = ({ bayesPath, lockFile }: SpamAssassin): boolean =>
    lockMethod === 'nfssafe'
      ? readdirSync(dirname(bayesPath)).some((name) => name.startsWith('bayes.lock.'))
      : isWaitedFor(lockFile);
  /** The processes that hold the lock for a backup, or try to. */
  const holders = ({ preferences }: SpamAssassin): string[] => processesWith(`60 ${preferences}`);
  const files = ({ bayesPath }: SpamAssassin): string[] =>
    readdirSync(dirname(bayesPath)).filter((name) => !name.endsWith('.mutex'));

  test('waits for a sa-learn, and is archived then; where the limit is reached it has failed, and the rest is backed up', async () => {
    const spamAssassin = await make();
    const host = spamHost(spamAssassin, 1);
    const lock = await spamAssassin.hold();
    const content = readFileSync(spamAssassin.lockFile);
    const late = await host.backup('--date', '2025-12-31');
    expect(late.code, late.stderr).toBe(1);
    expect(late.stderr).toContain(
      `hcoop-backup: spamd: failed: ${spamAssassin.lockFile}: the lock is held by somebody else: waited 1 s\n` +
        'hcoop-backup: hint: see who holds it, ',
    );
    expect(statusOf(host, '2025-12-31')).toMatchObject({ files: 'ok', spamd: 'failed' });
    expect(await isHeld(spamAssassin)).toBe(true);
    expect(readFileSync(spamAssassin.lockFile)).toEqual(content);

    const patient = `paths = ["${dirname(spamAssassin.bayesPath)}"]\ntimeout = 60\n`; // where the lock files are, too
    writeFileSync(
      host.config,
      readFileSync(host.config, 'utf8').replace('paths = []\ntimeout = 1\n', patient),
    );
    const { ended } = start(backupCommand(host, '--date', date));
    await until(() => isTrying(spamAssassin));
    await lock.release();
    expect(await ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('hcoop-backup: spamd: ok, '),
    });
    expect(await isHeld(spamAssassin)).toBe(false);

    const tree = `${await restored(host, 'spamd')}${dirname(spamAssassin.bayesPath)}`;
    expect(readdirSync(tree).sort()).toEqual(['.spamassassin', 'bayes_seen', 'bayes_toks']);
    const preferences = join(host.directory, 'preferences');
    writeFileSync(preferences, `bayes_path ${tree}/bayes\n`);
    const argv = ['env', `HOME=${host.directory}`, 'sa-learn', '-L', '-p', preferences, '--dump', 'magic'];
    const { stdout } = await run(argv);
    expect(stdout.toString()).toMatch(/ 4 .*nspam\n/);
    expect(stdout).toEqual((await spamAssassin.saLearn('--dump', 'magic')).stdout);
  });

  const slow = all || lockMethod === 'nfssafe' ? test : undefined; // with flock, it is one of the runs of --all
  slow?.('a lock that somebody breaks while it is archived is a loss', async () => {
    const spamAssassin = await make();
    const { settings, pipe } = stopAt('spamd');
    const { ended } = start(backupCommand(spamHost(spamAssassin, 60, settings), '--date', date));
    const fd = await openPipe(pipe, ended);
    expect(await isHeld(spamAssassin)).toBe(true);
    rmSync(spamAssassin.lockFile);
    closeSync(fd);
    const { code, stderr } = await ended;
    expect(stderr).toContain(
      'hcoop-backup: spamd: the lock may not have been held to the end: SpamAssassin: failed with exit code 1: ' +
        `${spamAssassin.lockFile}: the lock was lost\n`,
    );
    expect(stderr).toContain('hcoop-backup: spamd: incomplete, ');
    expect(code).toBe(1);
  });

  test('a backup that is ended leaves no lock, whether it waits for it or has it', async () => {
    const spamAssassin = await make();
    const { settings, pipe } = stopAt('spamd');
    const host = spamHost(spamAssassin, 60, settings);
    const before = files(spamAssassin);
    const end = async (
      signal: 'SIGTERM' | 'SIGKILL',
      hasCome: (ended: Promise<Ended>) => Promise<unknown>,
    ) => {
      const { child, ended } = start(backupCommand(host, '--date', date));
      const fd = await hasCome(ended);
      child.kill(signal);
      expect(await ended).toMatchObject(signal === 'SIGTERM' ? { code: 143 } : { signal });
      await until(() => holders(spamAssassin).length === 0);
      if (typeof fd === 'number') closeSync(fd);
      await until(() => processesWith(pipe).length === 0);
    };
    const both = ['SIGTERM', 'SIGKILL'] as const;
    for (const signal of all || lockMethod === 'nfssafe' ? both : ['SIGKILL' as const]) {
      await end(signal, async (ended) => {
        const fd = await openPipe(pipe, ended);
        expect(await isHeld(spamAssassin)).toBe(true);
        return fd;
      });
      expect(await isHeld(spamAssassin)).toBe(false);
      expect(files(spamAssassin)).toEqual(before);
    }
    const lock = await spamAssassin.hold();
    const locked = files(spamAssassin);
    for (const signal of all || lockMethod === 'nfssafe' ? both : ['SIGTERM' as const]) {
      await end(signal, () => until(() => isTrying(spamAssassin)));
      expect(files(spamAssassin)).toEqual(locked);
    }
    await lock.release();
  });
});

describe("SpamAssassin's configuration", () => {
  test('says what is to be locked: the address list too, and no Bayes store in SQL', async () => {
    const spamAssassin = makeSpamAssassin({ lockMethod: 'flock', user: 'debian-spamd' });
    const list = join(dirname(spamAssassin.bayesPath), 'addresses');
    writeFileSync(list, 'addresses\n');
    writeFileSync(`${list}.mutex`, '', { mode: 0o666 });
    chmodSync(`${list}.mutex`, 0o666);
    writeFileSync(
      spamAssassin.preferences,
      `${readFileSync(spamAssassin.preferences)}auto_welcomelist_path ${list}\n`,
    );
    const host = spamHost(spamAssassin, 1);
    const plugin = 'loadplugin Mail::SpamAssassin::Plugin::AWL';
    const setup = `cp -a /etc/spamassassin "$HOST/etc"; echo ${plugin} >> "$HOST/etc/local.cf"; mount --bind "$HOST/etc" /etc/spamassassin; exec "$@"`;
    const argv = inMountNamespace(setup, node, ...backupCommand(host, '--date', date));
    const backup = (): Promise<Ended> => {
      rmSync(join(host.directory, 'etc'), { recursive: true, force: true });
      return run(argv, { env: { HOST: host.directory } });
    };
    const holder = start(['flock', '--no-fork', `${list}.mutex`, 'cat'], { input: '\n', keepOpen: true });
    onTestFinished(() => void holder.child.kill());
    await until(() => isInKernelsList(`${list}.mutex`));
    const ended = await backup();
    expect(ended.stderr).toContain(
      `spamd: failed: ${list}.mutex: the lock is held by somebody else: waited 1 s\n`,
    );
    expect(await isLocked(spamAssassin.lockFile)).toBe(false);
    holder.child.kill();
    await holder.ended;
    const inSql = 'bayes_store_module Mail::SpamAssassin::BayesStore::MySQL\n';
    writeFileSync(spamAssassin.preferences, inSql, { flag: 'a' });
    const done = await backup();
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain('hcoop-backup: spamd: its Bayes store is in SQL: dump that database\n');
    expect(readdirSync(`${await restored(host, 'spamd')}${dirname(list)}`)).toEqual(['addresses']);
  });

  test.each([
    ['/usr/bin/sa-learn', 'sa-learn: no such program', 'apt install spamassassin'],
    [
      '/usr/share/perl5/Mail/SpamAssassin.pm',
      'Mail::SpamAssassin: failed with exit code 69: ',
      'apt install spamassassin',
    ],
  ])('without %s it has failed', async (file, message, hint) => {
    const host = spamHost(makeSpamAssassin(), 1);
    const setup = `mount --bind /dev/null ${file}; exec "$@"`;
    const ended = await run(inMountNamespace(setup, node, ...backupCommand(host, '--date', date)));
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toContain(`hcoop-backup: spamd: failed: ${message}`);
    expect(ended.stderr).toContain(`hcoop-backup: hint: ${hint}\n`);
  });
});

describe('paths under a lock of their own', () => {
  /** A table of the configuration, with a bash script that holds the lock. */
  const byScript = (host: { directory: string }, name: string, script: string, more = ''): string => {
    const file = join(host.directory, `hold-${name}`);
    writeFileSync(file, `#!/bin/bash\n${script}\n`);
    chmodSync(file, 0o755);
    return `[locked.${name}]\npaths = ["${join(host.directory, 'data')}"]\nlock_command = ["${file}", "$1 {}"]\n${more}`;
  };
  const dataHost = (tables: (host: TestHost) => string): TestHost => {
    const host = makeHost(noSystem);
    mkdirSync(join(host.directory, 'data/deep'), { recursive: true });
    writeFileSync(join(host.directory, 'data/deep/one'), 'one\n');
    writeFileSync(host.config, readFileSync(host.config, 'utf8') + tables(host));
    return host;
  };

  test('a file: waited for, and not for ever', async () => {
    const host = dataHost(({ directory }) => {
      symlinkSync('data', join(directory, 'link'));
      const table = (name: string, paths: string, file = `${directory}/data/.lock`): string =>
        `[locked.${name}]\npaths = [${paths}]\nlock_file = "${file}"\n`;
      return [
        `${table('hasty', `"${directory}/data"`)}timeout = 1\n`,
        table('patient', `"${directory}/link/", "${directory}/data/deep"`),
        table('nowhere', '"/nowhere"'),
        table('unlocked', `"${directory}/data"`, '/nowhere/lock'),
      ].join('');
    });
    const file = join(host.directory, 'data/.lock');
    writeFileSync(file, '');
    const holder = start(['flock', '--no-fork', file, 'cat'], { keepOpen: true });
    onTestFinished(() => void holder.child.kill());
    await until(() => isInKernelsList(file));
    const { child, ended } = start(backupCommand(host, '--date', date));
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await until(() => said.includes('hasty: failed') && isWaitedFor(file));
    holder.child.kill();
    const { stderr, code } = await ended;
    expect(code, stderr).toBe(1);
    expect(statusOf(host)).toMatchObject({
      ...{ hasty: 'failed', patient: 'ok', nowhere: 'failed', unlocked: 'failed' },
    });
    for (const message of [
      `hasty: failed: ${file}: the lock is held by somebody else: waited 1 s`,
      '/nowhere: no such file or directory',
      'nowhere: failed: nowhere: none of its paths is there',
      'unlocked: failed: /nowhere/lock: there is no such lock file',
    ])
      expect(stderr).toContain(`hcoop-backup: ${message}\n`);
    expect(await isLocked(file)).toBe(false);
    const tree = `${await restored(host, 'patient')}${host.directory}`;
    expect(readdirSync(tree).sort()).toEqual(['data', 'link']);
    expect(readFileSync(join(tree, 'data/deep/one'), 'utf8')).toBe('one\n');
  });

  test('a program: whatever it does is its own component', async () => {
    const pipe = join(temporaryDirectory(), 'pipe');
    const sleep = `sleep 10000.${process.pid}`; // to be told from anybody else's
    execFileSync('mkfifo', [pipe]);
    const host = dataHost((at) =>
      [
        byScript(
          at,
          'good',
          `mkdir ${at.directory}/lock || exit; echo; cat; echo "$1" > ${at.directory}/told; rmdir ${at.directory}/lock`,
        ),
        byScript(at, 'fails', 'echo no way >&2; exit 1'),
        byScript(at, 'busy', 'echo /its/lock >&2; exit 75'),
        byScript(at, 'silent', `${sleep}; exit 1`, 'timeout = 1\n'),
        byScript(at, 'ends', 'exit 0'),
        byScript(at, 'dies', `echo; cat ${pipe}; kill -9 $$`),
        byScript(at, 'late', 'echo; cat; echo cannot >&2; exit 3'),
        byScript(at, 'stays', `echo; ${sleep}`, 'timeout = 1\n'),
      ].join(''),
    );
    const { ended } = start(backupCommand(host, '--date', date));
    closeSync(await openPipe(pipe, ended));
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(1);
    expect(statusOf(host)).toEqual({
      ...{ files: 'ok', system: 'skipped', volumes: 'skipped', databases: 'skipped', spamd: 'skipped' },
      ...{ good: 'ok', fails: 'failed', busy: 'failed', silent: 'failed', ends: 'failed' },
      ...{ dies: 'incomplete', late: 'incomplete', stays: 'incomplete' },
    });
    const script = (name: string): string => join(host.directory, `hold-${name}`);
    const lost = 'the lock may not have been held to the end';
    for (const message of [
      `fails: failed: ${script('fails')}: failed with exit code 1: no way`,
      'busy: failed: /its/lock: the lock is held by somebody else: waited 300 s',
      `silent: failed: ${script('silent')}: the lock is held by somebody else: waited 1 s`,
      `ends: failed: ${script('ends')}: ended without being told to`,
      `dies: ${lost}: ${script('dies')}: ended by SIGKILL`,
      `late: ${lost}: ${script('late')}: failed with exit code 3: cannot`,
      `stays: ${lost}: ${script('stays')}: has not released the lock in 1 s`,
    ])
      expect(stderr).toContain(`hcoop-backup: ${message}\n`);
    expect(readFileSync(join(host.directory, 'told'), 'utf8')).toBe('$1 {}\n');
    expect(existsSync(join(host.directory, 'lock'))).toBe(false);
    expect(processesWith(sleep)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('a program releases its lock after %s', async (signal) => {
    const { settings, pipe } = stopAt('x');
    const host = dataHost((at) =>
      byScript(at, 'x', `mkdir ${at.directory}/lock; echo; cat; rmdir ${at.directory}/lock`),
    );
    writeFileSync(host.config, readFileSync(host.config, 'utf8').replace('[archives]\n', settings));
    const { child, ended } = start(backupCommand(host, '--date', date));
    const fd = await openPipe(pipe, ended);
    expect(existsSync(join(host.directory, 'lock'))).toBe(true);
    child.kill(signal);
    await ended;
    await until(() => processesWith(join(host.directory, 'hold-x')).length === 0);
    expect(existsSync(join(host.directory, 'lock'))).toBe(false);
    closeSync(fd);
  });
});
