import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { builtCommand, inMountNamespace, makeHost, node, run, temporaryDirectory, top } from 'test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'hcoop-test-'));
const root = join(directory, 'root');
const unit = join(root, 'usr/lib/systemd/system/hcoop-backup.service');
const everyPath = ['find', root, '-mindepth', '1', '-printf', '%M %u:%g %P\\n'];
let file = '';

/** What the packages of the workspace declare as theirs. */
const commands = readdirSync(join(top, 'packages')).flatMap((name) =>
  Object.keys(manifestOf(join(top, 'packages', name)).bin ?? {}).filter((bin) => bin === name),
);
const scripts = Object.keys(manifestOf(join(top, 'scripts')).bin ?? {});

beforeAll(() => {
  file = output(join(top, 'debian/package'), directory).trim();
  output('dpkg-deb', '-R', file, root);
}, 180_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the Debian package', () => {
  test('has each command and script with its page and completion, and settings that stay', () => {
    const paths = output(...everyPath).split('\n');
    const expected = [
      ...commands.map((name) => `-rwxr-xr-x root:root usr/bin/${name}`),
      ...scripts.map((name) => `-rwxr-xr-x root:root usr/sbin/${name}`),
      ...commands.map((name) => `-rw-r--r-- root:root usr/share/man/man1/${name}.1.gz`),
      ...scripts.map((name) => `-rw-r--r-- root:root usr/share/man/man8/${name}.8.gz`),
      ...[...commands, ...scripts].flatMap((name) => [
        `-rw-r--r-- root:root usr/share/bash-completion/completions/${name}`,
        `-rw-r--r-- root:root usr/share/zsh/vendor-completions/_${name}`,
        `-rw-r--r-- root:root usr/share/fish/vendor_completions.d/${name}.fish`,
      ]),
      '-r--r----- root:root etc/sudoers.d/hcoop-backup',
      '-rw-r--r-- root:root etc/hcoop-backup/config.toml',
      '-rw-r--r-- root:root etc/hcoop-backup/exclude.d/debian.rules',
      '-rw-r--r-- root:root etc/hcoop-backup/expected.d/debian.rules',
      '-rw-r--r-- root:root etc/logrotate.d/hcoop-backup',
      '-rw-r--r-- root:root usr/lib/systemd/system/hcoop-backup.service',
      '-rw-r--r-- root:root usr/lib/systemd/system/hcoop-backup.timer',
      '-rw-r--r-- root:root usr/lib/sysusers.d/hcoop-backup.conf',
      '-rw-r--r-- root:root usr/lib/tmpfiles.d/hcoop-backup.conf',
      '-rw-r--r-- root:root usr/share/doc/hcoop-backup/README.Debian',
      '-rw-r--r-- root:root usr/share/doc/hcoop-backup/examples/sshd_config.d/hcoop-backup.conf',
    ];
    expect(paths).toEqual(expect.arrayContaining(expected));
    expect(expected.length).toBeGreaterThan(60);
    const inBin = paths.filter((path) => /^-\S+ \S+ usr\/s?bin\//.test(path));
    expect(inBin).toHaveLength(commands.length + scripts.length);
    const settings = paths.flatMap((path) => /^-\S+ \S+ (etc\/.*)/.exec(path)?.[1] ?? []);
    expect(readFileSync(join(root, 'DEBIAN/conffiles'), 'utf8').trim().split('\n').sort()).toEqual(
      settings.map((path) => `/${path}`).sort(),
    );
  });

  test('changes nothing by itself that an administrator decides: sshd, the timer', () => {
    expect(output(...everyPath)).not.toMatch(/ etc\/(?:ssh|systemd|cron)/);
    const installation = readFileSync(join(root, 'DEBIAN/postinst'), 'utf8');
    expect(installation).not.toMatch(/deb-systemd-invoke|systemctl|ssh/);
    expect(installation).toContain("--quiet was-enabled 'hcoop-backup.timer'");
  });

  test('satisfies lintian', async () => {
    const { code, stdout } = await run(['lintian', '--fail-on', 'warning', '--tag-display-limit', '0', file]);
    expect(stdout.toString()).toBe('');
    expect(code).toBe(0);
  });

  test('is the same, byte by byte, built elsewhere, later and with other settings', async () => {
    const elsewhere = join(temporaryDirectory(), 'a b');
    for (const name of [
      'debian',
      'docs',
      'scripts/etc',
      'manual/dist',
      'README.md',
      'CHANGELOG.md',
      'package.json',
    ])
      cpSync(join(top, name), join(elsewhere, name), { recursive: true });
    for (const dist of ['scripts/dist', ...commands.map((name) => `packages/${name}/dist`)])
      cpSync(join(top, dist), join(elsewhere, dist), { recursive: true });
    const env = {
      SOURCE_DATE_EPOCH: committed(),
      LC_ALL: 'de_DE.UTF-8',
      TZ: 'Pacific/Chatham',
      HOME: elsewhere,
    };
    const script = 'umask 077; exec debian/package there';
    const { code, stdout, stderr } = await run(['sh', '-c', script], { cwd: elsewhere, env });
    expect(code, stderr).toBe(0);
    const again = stdout.toString().trim();
    expect(basename(again)).toBe(basename(file));
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
  });

  test.runIf(process.env.HCOOP_TEST_ALL)(
    'is the same when all of it is built anew, in another directory',
    async () => {
      const elsewhere = temporaryDirectory();
      const script = `git -C "$1" ls-files -z | tar -C "$1" --null -T - -c | tar -x
      { npx --yes pnpm@12.21.0 install --frozen-lockfile --silent && npx pnpm@12.21.0 exec turbo run build; } >&2
      exec debian/package there`;
      const { code, stdout, stderr } = await run(['bash', '-euo', 'pipefail', '-c', script, 'bash', top], {
        cwd: elsewhere,
        env: { SOURCE_DATE_EPOCH: committed() },
      });
      expect(code, stderr).toBe(0);
      expect(readFileSync(stdout.toString().trim()).equals(readFileSync(file))).toBe(true);
    },
  );

  test('names every library that is in its commands', () => {
    const copyright = readFileSync(join(root, 'usr/share/doc/hcoop-backup/copyright'), 'utf8');
    const named = new Set(
      [...copyright.matchAll(/^Comment: (\S+) (\S+)$/gm)].map(([, name, version]) => `${name}@${version}`),
    );
    // The bundler's own record of where CommonJS modules came from.
    const bundled = [...commands, ...scripts].flatMap((name) =>
      [...readFileSync(builtCommand(name), 'utf8').matchAll(/node_modules\/\.pnpm\/([^/"]+@[\d.]+)/g)].map(
        ([, id = '']) => id.replace('+', '/'),
      ),
    );
    expect(bundled).toContain('split2@4.2.0');
    expect([...new Set(bundled)].filter((id) => !named.has(id))).toEqual([]);
    for (const name of ['execa', 'yargs', 'zod', 'smol-toml', 'log-update'])
      expect(copyright).toMatch(new RegExp(`^Files: node_modules/${name}/\\*$`, 'm'));
  });

  test('has units that systemd takes, and as confined as the handbook says', async () => {
    const { code, stdout, stderr } = await run([
      'systemd-analyze',
      'security',
      '--offline=true',
      '--threshold=40',
      unit,
    ]);
    expect(code, stdout + stderr).toBe(0);
    const figure = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout.toString())?.[1];
    const handbook = readFileSync(join(top, 'docs/install.md'), 'utf8');
    expect(/gives it\s+([\d.]+)/.exec(handbook)?.[1]).toBe(figure);
    const calendar =
      /^OnCalendar=(.*)$/m.exec(readFileSync(unit.replace('.service', '.timer'), 'utf8'))?.[1] ?? '';
    expect((await run(['systemd-analyze', 'calendar', calendar])).code).toBe(0);
  });

  test('confined as its service is, a backup of what is not its own is complete', async () => {
    const host = makeHost();
    output(
      'sh',
      '-c',
      `mkdir ${host.tree}/private; echo 3 >${host.tree}/private/three; chmod -R go=,u-w ${host.tree}; chown -R 1234:5678 ${host.tree}
      setfattr -n trusted.note -v here ${host.tree}/one; mkdir ${host.state} ${host.staging}`,
    );
    const [, names = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(readFileSync(unit, 'utf8')) ?? [];
    const capabilities = [
      '-all',
      ...names
        .toLowerCase()
        .split(' ')
        .map((name) => name.replace('cap_', '+')),
    ].join(',');
    const argv = [node, builtCommand('hcoop-backup'), '--config', host.config];
    const confined = [
      'exec bash "$@"',
      join(import.meta.dirname, 'package/read-only.sh'),
      capabilities,
    ] as const;
    const backup = await run(inMountNamespace(...confined, host.state, host.staging, '--', ...argv));
    expect(backup.code, backup.stderr).toBe(0);
    const restored = join(host.directory, 'restored');
    expect((await host.restore(backup.stdout.toString().trim(), restored)).code).toBe(0);
    expect(readFileSync(join(restored, host.tree, 'private/three'), 'utf8')).toBe('3\n');
    expect(statSync(join(restored, host.tree, 'one'))).toMatchObject({ uid: 1234, gid: 5678 });
    expect(output('getfattr', '--only-values', '-n', 'trusted.note', join(restored, host.tree, 'one'))).toBe(
      'here',
    );
    const nowhere = await run(inMountNamespace(...confined, host.state, '--', ...argv));
    expect(nowhere.stderr).toMatch(/read-only file system/i);
  });
});

test('each command can be packed for npm, and run from that with nothing around it', async () => {
  const packs = temporaryDirectory();
  const filters = commands.flatMap((name) => ['--filter', name]);
  output('npx', '--yes', 'pnpm@12.21.0', '--dir', top, ...filters, 'pack', '--pack-destination', packs);
  const files = readdirSync(packs).sort();
  expect(files.map((name) => name.replace(/-\d.*$/, ''))).toEqual([...commands].sort());
  for (const name of files) {
    const contents = output('tar', '-tf', join(packs, name)).trim().split('\n').sort();
    const command = name.replace(/-\d.*$/, '');
    const wanted = ['LICENSE', 'README.md', 'dist/copyright', `dist/${command}`, 'package.json'];
    expect(contents).toEqual(wanted.map((path) => `package/${path}`).sort());
    const { license, engines, dependencies } = JSON.parse(
      output('tar', '-xOf', join(packs, name), 'package/package.json'),
    );
    expect({ license, engines, dependencies }).toEqual({
      license: 'MIT',
      engines: { node: '>=20.19' },
      dependencies: undefined,
    });
    const alone = temporaryDirectory();
    const offline = ['npx', '--offline', '--yes', `./${name}`, '--version'];
    cpSync(join(packs, name), join(alone, name));
    const ended = await run(['unshare', '--net', ...offline], {
      cwd: alone,
      env: { HOME: alone, npm_config_cache: join(alone, 'cache') },
    });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout.toString()).toMatch(/^\S*\s?\d+\.\d+\.\d+\n$/);
  }
});

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
}

function manifestOf(place: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  } catch {
    return {};
  }
}

/** When the last commit was made, in seconds. */
function committed(): string {
  return output('git', '-C', top, 'log', '-1', '--format=%ct').trim();
}

function output(program = '', ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
