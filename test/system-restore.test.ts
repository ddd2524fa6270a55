import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildDebianRoot,
  builtCommand,
  debianRoot,
  describeTree,
  type Ended,
  inMountNamespace,
  keyPair,
  makeHost,
  node,
  portableNode,
  run,
  temporaryDirectory,
  top,
} from 'test-kit';
import { beforeAll, expect, test } from 'vitest';

const date = '2026-11-23';
const buildTime = 1_800_000;
const scripts = join(import.meta.dirname, 'system-restore');

beforeAll(async () => {
  await buildDebianRoot('bookworm', 'minbase');
  await buildDebianRoot('trixie', 'minbase');
}, buildTime);

test('a server comes back onto a fresh root: packages, accounts and every file', async () => {
  const { root, fresh, keys } = await backedUp();
  const made = await run(inMountNamespace('exec bash "$@"', join(scripts, 'fresh.sh'), fresh));
  expect(made.code, made.stderr.slice(-2000)).toBe(0);
  writeFileSync(join(root, 'var/lib/hcoop-backup/expected'), 'not in the backup\n');

  const restored = await restore(root, fresh, keys.identity);
  expect(restored.code, restored.stderr).toBe(0);
  await expectSame(root, fresh);

  // What only the new root had is there, and is still its owner's.
  for (const file of ['passwd', 'group', 'shadow', 'gshadow']) {
    const [wanted = [], got] = [root, fresh].map((tree) =>
      readFileSync(join(tree, 'etc', file), 'utf8').split('\n'),
    );
    expect(got, file).toEqual(expect.arrayContaining(wanted));
  }
  const passwd = readFileSync(join(fresh, 'etc/passwd'), 'utf8');
  expect(passwd).toMatch(/^rescue:x:(?!150:)\d+:/m);
  expect(await ask(fresh, ['stat', '-c', '%U:%G', '/srv/rescue', '/srv/rescue/notes'])).toBe(
    '\nrescue:rescue\nrescue:rescue',
  );
  expect(readFileSync(join(fresh, 'var/backups/hcoop-restore/etc/fstab'), 'utf8')).toContain('/dev/new');
  expect((await run(['findmnt', '-rn', '-o', 'TARGET'])).stdout.toString()).not.toContain(`${fresh}/`);
});

test('a step that fails is named and the others are done; a second run does the rest, and a third one nothing', async () => {
  const { root, fresh, keys } = await backedUp();
  const alone = ['unshare', '--net', node];
  writeFileSync(join(fresh, 'etc/apt/apt.conf.d/00test'), 'Acquire::Retries "0";\n'); // it waits between them
  const first = await run([...alone, ...restoreCommand(root, fresh, keys.identity)]);
  expect(first.code, first.stderr).toBe(1);
  expect(first.stderr).toMatch(/^hcoop-restore: apt-get update: apt-get: failed with exit code 100: E: /m);
  expect(first.stderr).toMatch(/^hcoop-restore: cron 3\.\S+: not installed$/m);
  expect(readFileSync(join(fresh, 'etc/nanorc'), 'utf8')).toContain('# mine');
  expect(existsSync(join(fresh, 'usr/sbin/policy-rc.d'))).toBe(false);

  const second = await restore(root, fresh, keys.identity);
  expect(second.code, second.stderr).toBe(0);
  await expectSame(root, fresh);

  // Now it has what this program needs, and is brought back onto itself.
  const script = `
    root=$1 node=$2 top=$3 date=$4 key=$5; shift 5
    mount -t proc proc "$root/proc"; mount -t tmpfs tmpfs "$root/run"; mount --rbind /dev "$root/dev"
    touch "$root/run/node" "$root/run/key"; mkdir "$root/run/hcoop" "$root/run/\${date##*/}"
    mount --bind "$node" "$root/run/node"; mount --bind "$top" "$root/run/hcoop"
    mount --bind "$key" "$root/run/key"; mount --bind "$date" "$root/run/\${date##*/}"
    exec chroot "$root" /run/node /run/hcoop/scripts/dist/hcoop-restore -i /run/key "$@" "/run/\${date##*/}"`;
  const inside = (...args: string[]): Promise<Ended> =>
    run(inMountNamespace(script, fresh, portableNode(), top, dateIn(root), keys.identity, ...args));
  const refused = await inside('--system', '/proc/self/root');
  expect(refused.code).toBe(64);
  expect(refused.stderr).toContain('hint: type --system / if you mean that');
  const third = await inside('--system', '/');
  expect(third.code, third.stderr).toBe(0);
  await expectSame(root, fresh);
});

test('a root of another release, one that is none, and the running system by another name are refused', async () => {
  const host = makeHost('');
  const backup = await host.backup('--date', date);
  expect(backup.code, backup.stderr).toBe(0);
  const [own = ''] = readFileSync('/etc/debian_version', 'utf8').split('.');
  const other = debianRoot(own === '12' ? 'trixie' : 'bookworm', 'minbase');
  const untouched = describeTree(join(other, 'etc'));
  for (const [to, why] of [
    [other, `debian release ${own === '12' ? '13' : '12'}, but the backup is of ${own}`],
    [temporaryDirectory(), 'not a Debian root: no var/lib/dpkg/status in it'],
    ['/.', 'it is the root of the running system'],
    [join(host.directory, 'nowhere'), 'no such file or directory'],
  ] as const) {
    const options = ['--system', to, '-i', host.identity, '--signer', host.signer];
    const refused = await run([builtCommand('hcoop-restore'), ...options, join(host.staging, date)]);
    expect(refused.code, refused.stderr).toBe(64);
    expect(refused.stderr).toContain(`hcoop-restore: ${to}: ${why}\n`);
  }
  expect(describeTree(join(other, 'etc'))).toEqual(untouched);
  expect(readdirSync(join(other, 'var/tmp'))).toEqual([]);
});

interface BackedUp {
  readonly root: string;
  readonly fresh: string;
  readonly keys: { readonly identity: string; readonly recipients: string };
}

/** A server with all that administrators do, backed up by itself; and a new root. */
async function backedUp(): Promise<BackedUp> {
  const [root, fresh] = [debianRoot('bookworm', 'minbase'), debianRoot('bookworm', 'minbase')];
  const made = await run(inMountNamespace('exec bash "$@"', join(scripts, 'administrator.sh'), root));
  expect(made.code, made.stderr.slice(-3000)).toBe(0);
  const keys = keyPair(temporaryDirectory());
  mkdirSync(join(root, 'etc/hcoop-backup'));
  writeFileSync(join(root, 'etc/hcoop-backup/recipients.txt'), readFileSync(keys.recipients));
  writeFileSync(join(root, 'etc/hcoop-backup/config.toml'), 'group = "root"\nnotify.enabled = false\n');
  const backup = await backupIn(root, '--date', date);
  expect(backup.code, backup.stderr).toBe(0);
  return { root, fresh, keys };
}

/** Runs hcoop-backup in a root as if that were the machine it is installed on. */
function backupIn(root: string, ...args: string[]): Promise<Ended> {
  const script = `
    root=$1 node=$2 top=$3; shift 3
    mount -t proc proc "$root/proc"; mount -t tmpfs tmpfs "$root/run"; mount --rbind /dev "$root/dev"
    touch "$root/run/node"; mkdir "$root/run/hcoop"
    mount --bind "$node" "$root/run/node"; mount --bind "$top" "$root/run/hcoop"
    exec chroot "$root" /run/node /run/hcoop/scripts/dist/hcoop-backup "$@"`;
  return run(inMountNamespace(script, root, portableNode(), top, ...args));
}

function restore(root: string, fresh: string, identity: string): Promise<Ended> {
  return run(restoreCommand(root, fresh, identity));
}

function restoreCommand(root: string, fresh: string, identity: string): string[] {
  const signer = join(root, 'var/lib/hcoop-backup/signing-key.pub');
  const options = ['--system', fresh, '-i', identity, '--signer', signer];
  return [builtCommand('hcoop-restore'), ...options, dateIn(root)];
}

function dateIn(root: string): string {
  return join(root, 'srv/backup/staging', date);
}

async function expectSame(root: string, fresh: string): Promise<void> {
  for (const question of questions)
    expect(await ask(fresh, question), question.join(' ')).toBe(await ask(root, question));
  expect(different(root, fresh)).toEqual([]);
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
const columns = '${binary:Package} ${Version} ${Status} ${Conffiles}\n';

/** What both machines must answer alike. */
const questions: readonly (readonly string[])[] = [
  ['dpkg-query', '-W', '-f', columns],
  ['dpkg', '--get-selections'],
  ['dpkg', '--audit'],
  ['dpkg', '--print-foreign-architectures'],
  ['apt-mark', 'showhold'],
  ['apt-mark', 'showmanual'],
  ['apt-mark', 'showauto'],
  ['dpkg-divert', '--list'],
  ['dpkg-statoverride', '--list'],
  ['update-alternatives', '--get-selections'],
  ['update-alternatives', '--query', 'app'],
  ['update-alternatives', '--query', 'pager'],
  ['debconf-show', 'hello', 'tzdata'],
  ['getent', 'passwd', '_apt', 'messagebus', 'early', 'earlier', 'ada'],
  ['getent', 'group', '_ssh', 'crontab', 'messagebus', 'early', 'admins'],
];

async function ask(root: string, question: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['chroot', root, ...question]);
  expect(code, `${question.join(' ')}: ${stderr}`).toBe(0);
  return stdout.toString().split('\n').sort().join('\n'); // debconf's are in no order
}

/** Lines of the trees that are not in the other one, without what may differ. */
function different(root: string, fresh: string): string[] {
  const stored = new Set(readFileSync(join(root, 'var/lib/hcoop-backup/lists/stored'), 'latin1').split('\0'));
  const [before, after] = [root, fresh].map((tree) => new Set(comparable(tree, stored)));
  const only = (lines: Set<string> | undefined, others: Set<string> | undefined, sign: string): string[] =>
    [...(lines ?? [])].filter((line) => !others?.has(line)).map((line) => sign + line);
  return [...only(before, after, '- '), ...only(after, before, '+ ')];
}

/** What is not brought back as it was, and why that is right. */
const exceptions: readonly (readonly [RegExp, string])[] = [
  [/^var\/lib\/dpkg(\/|$)/, "dpkg's own, which is asked above"],
  [/^var\/lib\/apt\/lists\//, 'fetched again'],
  [/^var\/cache\/(apt|ldconfig)(\/|$)|^etc\/ld\.so\.cache$/, 'made again'],
  [/^(srv\/backup|var\/lib\/hcoop-backup)(\/|$)/, 'changes while it is backed up'],
  [/^tmp$/, 'the backup works in it'],
  [/^(dev|proc|run|sys)(\/|$)/, 'the kernel mounts something there'],
  [/^etc\/(passwd|group|shadow|gshadow)$/, 'of both machines: looked at line by line'],
  [/^(srv\/rescue(\/|$)|etc\/apt\/apt\.conf\.d\/00test$)/, 'of the new root alone'],
  [/^var\/backups(\/|$)/, 'what the new root had is kept there'],
  [/^var\/log\/alternatives\.log$/, 'of the last step too'],
];

/** The lines of a tree; times of directories that no backup has are those of unpacking them. */
function comparable(tree: string, stored: ReadonlySet<string>): string[] {
  return describeTree(tree).flatMap((line) => {
    const [, quoted = '""', type, middle, time, rest] =
      /^("(?:[^"\\]|\\.)*") (.) (\S+ \S+ \S*) (\d\S+) (.*)$/s.exec(line) ?? [];
    const path = JSON.parse(quoted) as string;
    if (type === undefined)
      return exceptions.some(([at]) => at.test(line.slice('# file: '.length))) ? [] : [line];
    if (exceptions.some(([pattern]) => pattern.test(path))) return [];
    if (type !== 'd') return [line];
    const known = stored.has(`/${path}/`) ? time : 'at some time';
    return [[quoted, type, middle, known, rest].join(' ')];
  });
}
