import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  landlockSetpriv,
  makeHost,
  RsyncWire,
  rsyncVersions,
  type SshServer,
  start,
  startSshServer,
  until,
  type WireEntry,
} from 'test-kit';
import { describe, expect, test } from 'vitest';

const secret = 'TOPSECRET';

const landlock = landlockSetpriv();

/** A server with one date, and files outside of it that only a sandbox keeps the pulling user from reading. */
interface Target {
  readonly server: SshServer;
  readonly staging: string;
  readonly date: string;
  readonly outside: string;
  /** The hostile client: what it speaks goes through ssh and the gate to rsync. */
  readonly connect: () => RsyncWire;
}

async function makeTarget(sandbox: string, rsync: string): Promise<Target> {
  const host = makeHost();
  const staging = join(host.staging);
  const date = join(staging, '2026-11-20');
  const outside = join(host.directory, 'outside');
  mkdirSync(join(date, 'd'), { recursive: true });
  mkdirSync(join(outside, 'd'), { recursive: true });
  for (const [path, text] of [
    [join(staging, 'beside'), ''],
    [join(date, 'MANIFEST.json'), '{}'],
    [join(date, 'zz'), 'plain'],
    [join(date, 'd/file'), 'inside'],
    [join(outside, 'd/file'), `${secret} in a file`],
    [join(outside, 'MANIFEST.json'), `${secret} in a manifest`],
    [join(outside, 'text'), `${secret} in words that are no rule\n`],
    [join(outside, 'names'), 'zz\n'],
  ] as const)
    writeFileSync(path, text);
  const gate = `sandbox = "${sandbox}"\nrsync = "${rsync}"`;
  const replace = sandbox === 'landlock' ? { '/usr/bin/setpriv': landlock.path } : {};
  const server = await startSshServer(host, { gate, replace });
  const connect = (): RsyncWire =>
    new RsyncWire([
      'ssh',
      '-F',
      server.sshConfig,
      server.name,
      `rsync --server --sender -logDtpr . ${date}/`,
    ]);
  return { server, staging, date, outside, connect };
}

const indexOf = (entries: readonly WireEntry[] | undefined, name: string): number =>
  entries?.find((entry) => entry.name === name)?.index ?? -1;

/** The names in a directory; none in what is no directory. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Takes the date's name away and gives it to a link to the outside, or back. */
function swapDate({ date, outside }: Target): void {
  renameSync(date, `${date}.aside`);
  symlinkSync(outside, date);
}

function swapBack({ date }: Target): void {
  rmSync(date);
  renameSync(`${date}.aside`, date);
}

const sandboxes = ['bubblewrap', ...(landlock.reason === undefined ? ['landlock'] : [])];
if (landlock.reason !== undefined) process.stderr.write(`not tested with Landlock: ${landlock.reason}\n`);

describe.each(
  sandboxes.flatMap((sandbox) => rsyncVersions().map(({ version, path }) => ({ sandbox, version, path }))),
)('nothing from outside a date comes back, with $sandbox and rsync $version', ({ sandbox, path }) => {
  test('the date itself does', async () => {
    const wire = (await makeTarget(sandbox, path)).connect();
    const entries = await wire.list();
    expect(await wire.read(indexOf(entries, 'd/file'))).toEqual(Buffer.from('inside'));
    const end = await wire.close();
    expect(end.code, end.text).toBe(0);
  });

  test.each([
    ['a merge rule', (outside: string) => `. ${outside}/text`],
    ['a merge rule of names to include', (outside: string) => `.+ ${outside}/text`],
    ['a merge rule for each directory, by a link', () => ': .rules'],
    ['a merge rule for a system file', () => '. /etc/passwd'],
  ])('%s: not its text', async (_, rule) => {
    const target = await makeTarget(sandbox, path);
    symlinkSync(join(target.outside, 'text'), join(target.date, '.rules'));
    const wire = target.connect();
    await wire.list({ filters: [rule(target.outside)] });
    const end = await wire.close();
    expect(end.everything.includes(secret)).toBe(false);
    expect(end.everything.includes('root:x:0')).toBe(false);
  });

  test('a merge rule: not what its text would exclude', async () => {
    const target = await makeTarget(sandbox, path);
    const wire = target.connect();
    const list = await wire.list({ filters: [`.- ${target.outside}/names`] });
    await wire.close();
    expect(list === undefined || indexOf(list, 'zz') >= 0).toBe(true);
  });

  test('a directory swapped for a link between the list and the file', async () => {
    const target = await makeTarget(sandbox, path);
    const wire = target.connect();
    const entries = await wire.list();
    renameSync(join(target.date, 'd'), join(target.staging, 'gone'));
    symlinkSync(join(target.outside, 'd'), join(target.date, 'd'));
    expect(await wire.read(indexOf(entries, 'd/file'))).toBeUndefined();
    expect((await wire.close()).everything.includes(secret)).toBe(false);
  });

  test('the date swapped for a link between the list and the file: what was opened is served', async () => {
    const target = await makeTarget(sandbox, path);
    const wire = target.connect();
    const entries = await wire.list();
    swapDate(target);
    const content = await wire.read(indexOf(entries, 'd/file'));
    expect(content === undefined || content.toString() === 'inside').toBe(true);
    expect((await wire.close()).everything.includes(secret)).toBe(false);
  });

  test('the date swapped for a link, back and forth, while it is pulled twenty times', async () => {
    const target = await makeTarget(sandbox, path);
    let over = false;
    const swapping = (async () => {
      for (let i = 0; !over; i += 1) {
        if (i % 2 === 0) swapDate(target);
        else swapBack(target);
        await new Promise(setImmediate);
      }
    })();
    const pulls = Array.from({ length: 20 }, async () => {
      const wire = target.connect();
      const entries = (await wire.list()) ?? [];
      for (const { index, mode } of entries) if ((mode & 0o170000) === 0o100000) await wire.read(index);
      return wire.close();
    });
    const ends = await Promise.all(pulls);
    over = true;
    await swapping;
    for (const end of ends) expect(end.everything.includes(secret), end.text).toBe(false);
    await until(() => target.server.processes().length === 0);
  });

  test('what runs has the date alone, and no way out of it by a descriptor', async () => {
    const target = await makeTarget(sandbox, path);
    const wire = target.connect();
    await wire.list();
    const isServer = (command: string): boolean => command.startsWith(`${path} --server --sender `);
    const [pid] = [...target.server.processIds()].find(([, command]) => isServer(command)) ?? [];
    const above = readdirSync(`/proc/${pid}/fd`).map((fd) => filesIn(`/proc/${pid}/fd/${fd}/..`));
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    await wire.close();
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(environment.replace(/^PWD=[^\0]*\0$/, '')).toBe(''); // bwrap's, and a shell's
    // Landlock leaves the descriptor, and what is above it closed; in bubblewrap there is nothing above.
    if (sandbox === 'bubblewrap') expect(above.flat()).not.toContain('beside');
  });
});

describe('these attacks work where nothing stops them: without a sandbox', () => {
  test.each(rsyncVersions())('rsync $version', async ({ path }) => {
    const target = await makeTarget('none', path);
    const wire = target.connect();
    const list = await wire.list({ filters: [`.- ${target.outside}/names`] });
    await wire.close();
    expect(indexOf(list, 'zz')).toBe(-1);
  });
});

test.each([
  ['--files-from=- --from0'],
  ['--files-from=/etc/passwd'],
  ['-L'],
  ['-k'],
  ['--copy-unsafe-links'],
])('%s, which would lead outside: refused before rsync is started', async (options) => {
  const [{ path } = { path: '/usr/bin/rsync' }] = rsyncVersions();
  const target = await makeTarget('none', path);
  symlinkSync(join(target.outside, 'd'), join(target.date, 'link'));
  const { server, date } = target;
  const line = `rsync --server --sender -logDtpr ${options} . ${date}/`;
  const wire = new RsyncWire(['ssh', '-F', server.sshConfig, server.name, line]);
  await wire.list({ filesFrom: ['link/file', '/etc/passwd'] });
  const end = await wire.close();
  expect(end).toMatchObject({ code: 64, text: expect.stringContaining('option not allowed') });
  expect(end.everything.includes(secret)).toBe(false);
});

test('a date that is a link is refused before rsync is started', async () => {
  const [{ path } = { path: '/usr/bin/rsync' }] = rsyncVersions();
  const target = await makeTarget('bubblewrap', path);
  swapDate(target);
  const end = await target.connect().close();
  expect(end).toMatchObject({ code: 64, text: expect.stringContaining('not a directory') });
});

test('without a sandbox on the host, nothing is served', async () => {
  const host = makeHost();
  const nothing = join(host.directory, 'nothing');
  writeFileSync(nothing, '');
  chmodSync(nothing, 0o644);
  const server = await startSshServer(host, {
    replace: { '/usr/bin/bwrap': nothing, '/usr/bin/setpriv': '/usr/bin/false' },
  });
  mkdirSync(join(host.staging, '2026-11-20'), { recursive: true });
  writeFileSync(join(host.staging, '2026-11-20/MANIFEST.json'), '{}');
  const { child, ended } = start([
    'ssh',
    '-F',
    server.sshConfig,
    server.name,
    `rsync --server --sender -r . ${host.staging}/2026-11-20/`,
  ]);
  expect(child.pid).toBeGreaterThan(0);
  expect(await ended).toMatchObject({ code: 64, stderr: expect.stringContaining('no sandbox') });
});
