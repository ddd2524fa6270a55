import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildDebianRoot, debianRoot, inMountNamespace, run, temporaryDirectory, top } from 'test-kit';
import { beforeAll, describe, expect, test } from 'vitest';

type Release = 'bookworm' | 'trixie';

const buildTime = 1_800_000;
const scripts = join(import.meta.dirname, 'package');

/** Everything that there is, but for what a machine remembers of any package, and what is made anew all the time. */
const everything = `find / -xdev -regextype posix-extended \\
  -regex '/(dev|mnt|proc|run|sys|tmp|var/(backups|cache/(apt|debconf|ldconfig|man)|lib/(apt|dpkg)|log/(apt|dpkg.log)))' -prune \\
  -o -type d -printf '%y %m %u:%g %p\\n' -o -printf '%y %m %u:%g %p %s %l\\n' | sort`;

// Each has a root of its own, and brings all that the package depends on: minutes. `scripts/check --all` runs them.
describe.runIf(process.env.HCOOP_TEST_ALL).each(['bookworm', 'trixie'] as const)(
  'on a fresh %s',
  (release) => {
    beforeAll(() => buildDebianRoot(release, 'minbase'), buildTime);

    test('installed, it backs up and is pulled from; an upgrade keeps what was edited; a purge leaves dates and keys', async () => {
      const { inside, satisfied, install } = freshRoot(release);
      await satisfied();
      const before = await inside(everything);

      await install('first.deb');
      expect(await inside('dpkg --verify hcoop-backup')).toBe('');
      await inside('/run/tests/backup && /run/tests/pull');

      await inside(`sed -i 's/^keep = .*/keep = 3/' /etc/hcoop-backup/config.toml
      echo /srv/scratch/ >/etc/hcoop-backup/exclude.d/own.rules`);
      await install('later.deb');
      const settings =
        'grep ^keep /etc/hcoop-backup/config.toml; tail -qn 1 /etc/hcoop-backup/e*.d/debian.rules';
      expect(await inside(settings)).toBe('keep = 3\n# later\n# later\n');
      await inside('hcoop-backup');

      await inside('apt-get -qq -y purge hcoop-backup');
      const after = await inside(everything);
      const left = lost(after, before).map((line) => line.split(' ')[3] ?? '');
      const isDate = (path: string): boolean => path.startsWith('/srv/backup/staging/2');
      expect(left.filter(isDate)).not.toEqual([]);
      // Each run has sent its mail: that, and what the mail system notes of it, is root's.
      const isMail = (path: string): boolean => /^\/var\/(?:mail|log\/exim4|spool\/exim4)\//.test(path);
      expect(left.filter(isMail)).toContain('/var/mail/mail');
      const others = left.filter((path) => !isDate(path) && !isMail(path));
      expect(others.sort()).toEqual([...accounts, ...kept].sort());
      expect(
        lost(before, after)
          .map((line) => line.split(' ')[3] ?? '')
          .sort(),
      ).toEqual([...accounts].sort());
      expect(await inside('ls /srv/backup/staging/2*/SHA256SUMS.sig; getent passwd rsync')).toMatch(
        /sig\nrsync:/,
      );
    });

    test('the confined service stores what an unconfined run stores', async () => {
      const { root, inside, satisfied, install } = freshRoot(release);
      await satisfied();
      await install('first.deb');
      await inside('apt-get -qq -y --no-install-recommends install sqlite3 attr');
      await inside(readFileSync(join(scripts, 'to-be-stored.sh'), 'utf8'));
      const argv = [join(scripts, 'boot.sh'), root, join(scripts, 'confined.sh')];
      const booted = await run(inMountNamespace('exec bash "$@"', ...argv));
      expect(booted.code, booted.stdout + booted.stderr).toBe(0);
      expect(booted.stdout.toString()).toBe('');
    });
  },
);

/** What a purge leaves: the user and group that the dates belong to, */
const accounts = ['passwd', 'group', 'shadow', 'gshadow'].flatMap((name) => [
  `/etc/${name}`,
  `/etc/${name}-`,
]);
/** the keys, and what the dates are in. (The test of the package has made /srv/first.) */
const kept = [
  '/etc/hcoop-backup',
  '/etc/hcoop-backup/recipients.txt',
  '/srv/backup',
  '/srv/backup/staging',
  '/srv/backup/staging/.status',
  '/srv/backup/staging/.status/run.json',
  '/srv/backup/staging/.status/signing-key.pub',
  '/srv/backup/staging/.work',
  '/srv/first',
  '/srv/first/noise',
  '/var/lib/hcoop-backup',
  '/var/lib/hcoop-backup/signing-key',
  '/var/lib/hcoop-backup/signing-key.pub',
];

/** The lines of one text that another has not. */
function lost(from: string, to: string): string[] {
  const there = new Set(to.split('\n'));
  return from.split('\n').filter((line) => !there.has(line));
}

/** A root with the packages to install in it: first.deb and later.deb, and a nodejs where Debian's own is too old. */
function freshRoot(release: Release) {
  const root = debianRoot(release, 'minbase');
  const packages = temporaryDirectory();
  const archives = join('/var/cache/hcoop-backup-tests', `archives_${release}`);
  const inside = async (script: string): Promise<string> => {
    const argv = inMountNamespace(
      'exec bash "$@"',
      join(scripts, 'inside.sh'),
      root,
      packages,
      archives,
      script,
    );
    const { code, stdout, stderr } = await run(argv);
    expect(code, `${script}\n${stdout}${stderr.slice(-5000)}`).toBe(0);
    return stdout.toString();
  };
  const make = (...argv: string[]): string =>
    execFileSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' }).trim();
  renameSync(make(join(top, 'debian/package'), packages), join(packages, 'first.deb'));
  later(packages);
  if (release === 'bookworm')
    renameSync(make(join(top, 'scripts/deb-nodejs'), packages), join(packages, 'nodejs.deb'));
  const install = (file: string): Promise<string> =>
    inside(`apt-get -qq -y --no-install-recommends install /mnt/packages/${file}`);
  const satisfied = async (): Promise<void> => {
    await inside('echo "127.0.1.1 $(hostname)" >>/etc/hosts; apt-get -qq update'); // sudo looks it up
    if (release === 'bookworm') await install('nodejs.deb');
    await inside(`for field in Depends Recommends; do
      apt-get -qq -y satisfy "$(dpkg-deb -f /mnt/packages/first.deb $field)"; done`);
  };
  return { root, inside, install, satisfied };
}

/** The same package in a later version, with a line more in each of the settings. */
function later(packages: string): void {
  const tree = join(packages, 'later');
  execFileSync('dpkg-deb', ['-R', join(packages, 'first.deb'), tree]);
  execFileSync('sed', ['-i', 's/^Version: .*/&+later/', join(tree, 'DEBIAN/control')]);
  for (const file of ['config.toml', 'exclude.d/debian.rules', 'expected.d/debian.rules'])
    appendFileSync(join(tree, 'etc/hcoop-backup', file), '# later\n');
  execFileSync('dpkg-deb', ['-Znone', '-b', tree, join(packages, 'later.deb')], { stdio: 'ignore' });
}
