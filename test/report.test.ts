import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildDebianRoot,
  type DebianStage,
  debianRoot,
  type Ended,
  inMountNamespace,
  portableNode,
  run,
  top,
} from 'test-kit';
import { beforeAll, describe, expect, test } from 'vitest';

const buildTime = 1_800_000;

/**
 * Runs hcoop-backup in a root as if that were the machine it is installed on. Node and the checkout are bound into a /run
 * in memory, which no walk enters.
 */
function backupIn(root: string, changes: string, ...args: string[]): Promise<Ended> {
  const script = `
    root=$1 node=$2 top=$3 changes=$4; shift 4
    mount -t proc proc "$root/proc"; mount -t tmpfs tmpfs "$root/run"; mount -t tmpfs tmpfs "$root/dev"
    touch "$root/run/node"; mkdir "$root/run/hcoop"; mknod -m 666 "$root/dev/null" c 1 3
    mount --bind "$node" "$root/run/node"; mount --bind "$top" "$root/run/hcoop"
    chroot "$root" /bin/bash -euc "$changes"
    exec chroot "$root" /run/node /run/hcoop/scripts/dist/hcoop-backup "$@"`;
  return run(inMountNamespace(script, root, portableNode(), top, changes, ...args));
}

describe.each(['bookworm', 'trixie'] as const)('on %s with the shipped rules', (release) => {
  beforeAll(() => buildDebianRoot(release, 'services'), buildTime);

  test.each([
    ['as debootstrap leaves it', 'minbase'],
    ['with postgresql, apache2, mariadb-server, openssh-server, exim4, cron and rsyslog', 'services'],
  ] satisfies [string, DebianStage][])('%s: nothing to report', async (_, stage) => {
    const root = debianRoot(release, stage);
    const ended = await backupIn(root, '', '--dry-run', '-0');
    expect(ended.code, ended.stderr).toBe(0);
    expect(readFileSync(join(root, 'var/lib/hcoop-backup/lists/annoying'), 'latin1')).toBe('');
    expect(ended.stderr).toContain('hcoop-backup: annoying files: 0,');
    // What an administrator would miss is in it all the same.
    const paths = ended.stdout.toString('latin1').split('\0');
    for (const path of ['/etc/passwd', '/etc/shadow', '/etc/apt/sources.list', '/root/.bashrc'])
      expect(paths).toContain(path);
    if (stage === 'services')
      for (const pattern of [/^\/etc\/postgresql\/\d+\/main\/pg_hba.conf$/, /^\/etc\/ssh\/ssh_host_\w+_key$/])
        expect(paths.filter((path) => pattern.test(path))).not.toEqual([]);
  });
});

test('what somebody has put or changed where nobody expects it is reported, and only that', async () => {
  const root = debianRoot('bookworm', 'services');
  const changes = `
    mkdir /opt/app /data; echo 1 >/opt/app/run; echo 2 >/data/set; echo 3 >>/usr/bin/mawk
    ln -sfn /data/set /usr/bin/pidof; rm /usr/bin/awk; echo 4 >/usr/bin/awk
    echo 5 >>/etc/bash.bashrc; echo 6 >/usr/local/bin/own; echo 7 >/etc/cron.d/nightly`;
  const ended = await backupIn(root, changes, '--dry-run', '-0');
  expect(ended.code, ended.stderr).toBe(0);
  const annoying = readFileSync(join(root, 'var/lib/hcoop-backup/lists/annoying'), 'latin1').split('\0');
  expect(annoying).toEqual([
    '/data/set',
    '/etc/cron.d/nightly',
    '/opt/app/run',
    '/usr/bin/awk',
    '/usr/bin/mawk',
    '/usr/bin/pidof',
    '',
  ]);
});
