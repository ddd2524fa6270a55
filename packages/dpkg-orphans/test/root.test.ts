import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, run, SmallRoot, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { fingerprint } from '../src/verified.ts';

const dpkgOrphans = builtCommand('dpkg-orphans');

/** What the command finds in a root: reason and path, without the parents and what the fixture itself leaves. */
async function findings(root: SmallRoot, ...args: readonly string[]): Promise<string[]> {
  const argv = [dpkgOrphans, '-0', '--reasons', '--cache', 'none', '--root', root.directory, ...args];
  const ended = await run(argv);
  expect(ended.code, ended.stderr).toBe(0);
  const records = ended.stdout.toString('latin1').split('\0').slice(0, -1);
  return records.filter((record) => !/^parent\t|\t\/(?:etc\/apt|var\/lib|var\/|usr\/bin\/$)/.test(record));
}

const base = {
  name: 'base',
  script: `mkdir -p etc usr/bin usr/lib usr/share/base/empty var
    echo program >usr/bin/program; ln usr/bin/program usr/bin/hard; ln -s program usr/bin/link
    echo setting >etc/base.conf; echo text >usr/share/base/text; echo other >usr/share/base/other`,
  conffiles: ['/etc/base.conf'],
};

test('of packages as they were unpacked, the conffiles', async () => {
  expect(await findings(new SmallRoot(base))).toEqual(['conffile\t/etc/base.conf']);
});

test('each kind of change has its word', async () => {
  const root = new SmallRoot(base, {
    name: 'local',
    script: 'mkdir -p usr/lib/local/empty usr/bin; echo x >usr/lib/local/x; echo y >usr/bin/y',
    offered: false,
  });
  root.bash(`
    times=$(stat -c %y usr/bin/program); echo PROGRAM >usr/bin/program; touch -d "$times" usr/bin/program
    rm usr/share/base/text; mkdir usr/share/base/text; echo mine >usr/share/base/text/mine
    rm usr/share/base/other; ln -s elsewhere usr/share/base/other
    ln -sfn /usr/bin/y usr/bin/link
    rmdir usr/share/base/empty; mkdir usr/data; echo z >usr/data/z; ln -s ../../data usr/share/base/empty`);
  expect(await findings(root)).toEqual([
    'conffile\t/etc/base.conf',
    'modified\t/usr/bin/hard',
    'retargeted\t/usr/bin/link',
    'modified\t/usr/bin/program',
    'no-source\t/usr/bin/y',
    'orphan\t/usr/data/',
    'orphan\t/usr/data/z',
    'no-source\t/usr/lib/local/',
    'no-source\t/usr/lib/local/empty/',
    'no-source\t/usr/lib/local/x',
    'retargeted\t/usr/share/base/empty',
    'replaced\t/usr/share/base/other',
    'replaced\t/usr/share/base/text/',
    'orphan\t/usr/share/base/text/mine',
  ]);
});

test('a version that no source has any more is told of', async () => {
  const root = new SmallRoot(base);
  root.install({ name: 'x', script: 'mkdir -p usr/lib; echo 1 >usr/lib/x' });
  // The index is of the last installation alone: base is gone from it.
  const ended = await run([dpkgOrphans, '--root', root.directory, '--cache', 'none', '--reasons', '/usr']);
  expect(ended.stderr).toBe(
    'dpkg-orphans: offered by no apt source: 1 packages, whose files are therefore in the output: base\n',
  );
  expect(ended.stdout.toString()).toContain('no-source\t/usr/bin/program\n');
  expect(ended.stdout.toString()).not.toContain('/usr/lib/x\n');
});

test('without lists of any source, every file is in the output, and it says why', async () => {
  const root = new SmallRoot(base);
  root.bash('rm -r var/lib/apt/lists');
  const ended = await run([dpkgOrphans, '--root', root.directory, '--cache', 'none', '--reasons', '/usr']);
  expect(ended.stderr).toBe(
    'dpkg-orphans: apt: it has no package lists, so every package counts as one without a source\n',
  );
  expect(ended.stdout.toString()).toContain('no-source\t/usr/bin/program\n');
});

test('where apt cannot be asked, every file is in the output, and it says why, once', async () => {
  const root = new SmallRoot(base);
  const argv = [dpkgOrphans, '--root', root.directory, '--cache', 'none', '--reasons', '/usr'];
  const ended = await run(argv, { env: { TMPDIR: join(root.directory, 'nowhere') } });
  expect(ended).toMatchObject({
    code: 0,
    stderr:
      'dpkg-orphans: apt: no such file or directory: no package counts as one that can be fetched again\n',
  });
  expect(ended.stdout.toString()).toContain('no-source\t/usr/bin/program\n');
});

test('apt is not asked where no package has anything', async () => {
  const root = new SmallRoot(base);
  root.bash('mkdir -p srv/own; echo 1 >srv/own/file');
  const argv = [dpkgOrphans, '--root', root.directory, '--cache', 'none', '--reasons', '/srv/own'];
  const ended = await run(argv, { env: { TMPDIR: join(root.directory, 'nowhere') } });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString()).toContain('orphan\t/srv/own/file\n');
});

test('a package without digests is unverifiable, but for its directories', async () => {
  const root = new SmallRoot(base);
  root.bash('rm var/lib/dpkg/info/base.md5sums');
  expect(await findings(root, '/usr/share')).toEqual([
    'unverifiable\t/usr/share/base/other',
    'unverifiable\t/usr/share/base/text',
  ]);
});

test("what lies behind an administrator's link is his, behind a package's link the package's", async () => {
  const root = new SmallRoot(
    base,
    { name: 'links', script: 'mkdir -p usr/lib/real usr/share; ln -s ../lib/real usr/share/linked' },
    { name: 'behind', script: 'mkdir -p usr/share/linked; echo b >usr/share/linked/b' },
  );
  expect(await findings(root, '/usr/lib', '/usr/share')).toEqual([]);
  root.bash('mv usr/share/base usr/moved; ln -s /usr/moved usr/share/base');
  expect(await findings(root, '/usr')).toEqual([
    'orphan\t/usr/moved/',
    'orphan\t/usr/moved/empty/',
    'orphan\t/usr/moved/other',
    'orphan\t/usr/moved/text',
    'replaced\t/usr/share/base',
  ]);
});

test('links of the tree lead nowhere outside of it', async () => {
  const outside = temporaryDirectory();
  writeFileSync(join(outside, 'secret'), '');
  const root = new SmallRoot(base);
  root.bash(
    `ln -s "${outside}" out; ln -s / top; ln -s ../../../.. up; mkdir real; ln -s /real way; touch real/x`,
  );
  expect(await findings(root, '/top/up/way')).toEqual([
    'orphan\t/real/',
    'orphan\t/real/x',
    'orphan\t/top',
    'orphan\t/up',
    'orphan\t/way',
  ]);
  const argv = [dpkgOrphans, '--root', root.directory, '--cache', 'none', '/out'];
  expect(await run(argv)).toMatchObject({ code: 64, stderr: expect.stringContaining('/out: no such file') });
  // dpkg's own directory may be moved too.
  root.bash('mv var/lib/dpkg real/dpkg; ln -s /real/dpkg var/lib/dpkg');
  expect(await findings(root, '/usr')).toEqual([]);
});

test('statoverrides: only an owner or a mode that dpkg would not give is a change', async () => {
  const root = new SmallRoot(base);
  root.bash(`echo 'root root 4755 /usr/bin/program' >var/lib/dpkg/statoverride; chmod 4755 usr/bin/program
    echo 'root:x:0:0::/:/bin/sh' >etc/passwd; echo 'root:x:0:' >etc/group`);
  expect(await findings(root, '/usr')).toEqual([]);
  root.bash('chmod 0700 usr/bin/program');
  expect(await findings(root, '/usr')).toEqual(['modified\t/usr/bin/program']);
});

test('what a package cannot have brought: capabilities, ACLs, attributes', async () => {
  const root = new SmallRoot(base);
  root.bash(`setcap cap_net_raw+ep usr/bin/program; setfacl -m u:1:r usr/share/base/text; setfattr -n user.note -v x usr/share/base
    touch usr/share/base/other; chmod 0700 usr/share/base/other`);
  expect(await findings(root, '/usr')).toEqual([
    'unverifiable\t/usr/bin/hard',
    'unverifiable\t/usr/bin/program',
    'unverifiable\t/usr/share/base/',
    'unverifiable\t/usr/share/base/text',
  ]);
});

test('byte code goes only with a source that a package brings as it is', async () => {
  const root = new SmallRoot(base, {
    name: 'python',
    script: 'mkdir -p usr/lib/py; for i in a b; do echo "# $i" >usr/lib/py/$i.py; done',
  });
  root.bash(
    `cd usr/lib/py; mkdir __pycache__; touch __pycache__/a.cpython-311.pyc __pycache__/a.cpython-311.opt-1.pyc`,
  );
  expect(await findings(root, '/usr/lib')).toEqual([]);
  root.bash(
    'cd usr/lib/py; echo mine >>b.py; touch __pycache__/{b,c}.cpython-311.pyc __pycache__/notes a.pyc c.pyc',
  );
  expect(await findings(root, '/usr/lib')).toEqual([
    'orphan\t/usr/lib/py/__pycache__/',
    'orphan\t/usr/lib/py/__pycache__/b.cpython-311.pyc',
    'orphan\t/usr/lib/py/__pycache__/c.cpython-311.pyc',
    'orphan\t/usr/lib/py/__pycache__/notes',
    'orphan\t/usr/lib/py/a.pyc',
    'modified\t/usr/lib/py/b.py',
    'orphan\t/usr/lib/py/c.pyc',
  ]);
});

test('a removed package leaves its conffiles, and the directories that it kept for them', async () => {
  const script = 'mkdir -p etc/gone/empty usr/lib/gone; echo c >etc/gone/c; echo x >usr/lib/gone/x';
  const root = new SmallRoot(base, { name: 'gone', script, conffiles: ['/etc/gone/c'] });
  root.bash('echo data >usr/lib/gone/data');
  root.dpkg('--remove', 'gone');
  expect(await findings(root)).toEqual([
    'conffile\t/etc/base.conf',
    'conffile\t/etc/gone/',
    'conffile\t/etc/gone/c',
    'conffile\t/usr/lib/gone/',
    'orphan\t/usr/lib/gone/data',
  ]);
});

test('what is gone: --missing', async () => {
  const root = new SmallRoot(base);
  root.bash('rm usr/bin/program etc/base.conf; rm -r usr/share/base; mv usr/bin real; ln -s ../real usr/bin');
  const ended = await run([dpkgOrphans, '--missing', '--root', root.directory]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString()).toBe(
    [
      '/etc/base.conf',
      '/usr/bin/program',
      '/usr/share/base/',
      '/usr/share/base/empty',
      '/usr/share/base/other',
      '/usr/share/base/text',
      '',
    ].join('\n'),
  );
});

test('candidates are judged one by one, as they were written', async () => {
  const root = new SmallRoot(base);
  root.bash('ln -s usr/bin bin; echo mine >usr/bin/mine; mkdir srv; echo PROGRAM >usr/bin/program');
  const input =
    '/bin/mine\n/usr/bin/link\n/bin/../../etc//base.conf\n/srv\n/usr/share/base/\n/usr/bin/program\n';
  const argv = [dpkgOrphans, '--root', root.directory, '--cache', 'none'];
  const ended = await run([...argv, '-'], { input });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString()).toBe('/bin/mine\n/bin/../../etc//base.conf\n/srv/\n/usr/bin/program\n');
  const classes = await run([...argv, '--classes', '-'], { input });
  expect(classes.stdout.toString()).toContain('intact\t/usr/bin/link\nconffile\t/bin/../../etc//base.conf\n');
  const gone = await run([...argv, '-'], { input: '/nowhere\n/srv\n' });
  expect(gone).toMatchObject({ code: 1, stderr: 'dpkg-orphans: /nowhere: no such file or directory\n' });
  expect(gone.stdout.toString()).toBe('/srv/\n');
});

test('every entry is in one class, and the classes add up to the walk', async () => {
  const root = new SmallRoot(base);
  root.bash('mkdir -p srv/a; touch srv/a/{x,y}; echo PROGRAM >usr/bin/program; mkfifo srv/f');
  const ledger = join(temporaryDirectory(), 'ledger.json');
  const argv = [
    dpkgOrphans,
    '-0',
    '--classes',
    '--cache',
    'none',
    '--ledger',
    ledger,
    '--root',
    root.directory,
  ];
  const ended = await run(argv);
  const records = ended.stdout.toString('latin1').split('\0').slice(0, -1);
  const found = await run(['find', root.directory, '-printf', '/%P\\0']);
  const paths = found.stdout.toString('latin1').split('\0').slice(0, -1);
  const walked = records.map((record) => record.replace(/^\S+\t/, '').replace(/(.)\/$/, '$1'));
  expect(walked.sort()).toEqual(paths.sort());
  const { walked: count, classes } = JSON.parse(readFileSync(ledger, 'utf8'));
  const words = records.map((record) => record.replace(/\t.*/s, ''));
  expect(count).toBe(paths.length);
  expect(Object.keys(classes).sort()).toEqual([...new Set(words)].sort());
  for (const [name, number] of Object.entries(classes))
    expect(words.filter((word) => word === name).length).toBe(number);
});

describe('the cache', () => {
  /** A root with a changed program, and a cache that says of its inode that it was read and found intact. */
  function forged() {
    const root = new SmallRoot(base);
    const program = join(root.directory, 'usr/bin/program');
    const digests = readFileSync(join(root.directory, 'var/lib/dpkg/info/base.md5sums'), 'utf8');
    const digest = /\S+(?= {2}usr\/bin\/program$)/m.exec(digests)?.[0] ?? '';
    root.bash('echo PROGRAM >usr/bin/program');
    const cache = join(temporaryDirectory(), 'cache');
    writeFileSync(cache, `dpkg-orphans verified 1\n${fingerprint(statSync(program), digest)}\n`, {
      mode: 0o600,
    });
    const argv = [dpkgOrphans, '--cache', cache, '--root', root.directory, '--reasons', '/usr/bin'];
    const orphans = async (): Promise<string> => {
      const ended = await run(argv);
      expect(ended.code, ended.stderr).toBe(0);
      return ended.stdout.toString();
    };
    return { root, cache, orphans };
  }

  test('stands for reading, as long as the inode is the same', async () => {
    const { root, orphans } = forged();
    expect(await orphans()).not.toContain('/usr/bin/program'); // nothing was read
    root.bash('touch -r usr/bin/program usr/bin/program');
    expect(await orphans()).toContain('modified\t/usr/bin/program');
  });

  test.each([
    ['writable for others', 'chmod 0666 "$1"'],
    ['somebody else’s', 'chown 1 "$1"'],
    ['damaged', 'printf nonsense >"$1"'],
    ['a directory', 'rm "$1"; mkdir "$1"'],
    ['a fifo', 'rm "$1"; mkfifo "$1"'],
  ])('that is %s costs time, and is not believed', async (_, script) => {
    const { cache, orphans } = forged();
    execFileSync('bash', ['-c', script, 'bash', cache]);
    expect(await orphans()).toContain('modified\t/usr/bin/program');
  });
});

test.each(['full', 'ctime'])(
  '--verify %s finds content that was changed in place with all its times',
  async (how) => {
    const root = new SmallRoot(base);
    root.bash(
      'cp -p usr/bin/program /tmp/$$; printf PROGRAM >usr/bin/program; touch -r /tmp/$$ usr/bin/program; rm /tmp/$$',
    );
    expect(await findings(root, '--verify', how, '/usr/bin')).toEqual([
      'modified\t/usr/bin/hard',
      'modified\t/usr/bin/program',
    ]);
    expect(await findings(root, '--verify', 'none', '/usr/bin')).toEqual([]);
  },
);

test('--verify ctime reads where the times are no evidence', async () => {
  const root = new SmallRoot(base);
  // As in an image, or after a clock that ran backwards: the content is not older than the inode's last change.
  root.bash('echo PROGRAM >usr/bin/program; touch -d "1 hour" usr/bin/program');
  root.bash('touch -d "2 hours" var/lib/dpkg/info/base.list');
  expect(await findings(root, '--verify', 'ctime', '/usr/bin')).toContain('modified\t/usr/bin/program');
});

test('links are unverifiable where nothing proves them: in a copy, and with the time of the content set back', async () => {
  const root = new SmallRoot(base);
  root.bash('touch -h -d 2020-01-01 usr/bin/link');
  expect(await findings(root, '/usr/bin')).toEqual(['unverifiable\t/usr/bin/link']);
  const other = new SmallRoot(base);
  other.bash('cp -a var/lib/dpkg/info copy; rm -r var/lib/dpkg/info; mv copy var/lib/dpkg/info');
  expect(await findings(other, '/usr/bin')).toEqual(['unverifiable\t/usr/bin/link']);
});

test("an administrator's link in place of a packaged directory stays his after an upgrade", async () => {
  const script = 'mkdir -p srv/leaf usr/share/d; echo d >usr/share/d/d';
  const root = new SmallRoot(base, { name: 'leaf', script });
  root.bash('mkdir data; touch data/own; rmdir srv/leaf; ln -s ../data srv/new; mv -T srv/new srv/leaf');
  expect(await findings(root, '/srv')).toEqual(['retargeted\t/srv/leaf']);
  root.install({ ...base, version: '2' }, { name: 'leaf', version: '2', script });
  expect(await findings(root, '/srv')).toEqual(['unverifiable\t/srv/leaf']);
  // The same of a link that was restored, with the time of its content.
  root.bash('tar -cf link.tar srv/leaf; rm srv/leaf; tar -xpf link.tar; rm link.tar');
  expect(await findings(root, '/srv')).not.toEqual([]);
  root.install({ ...base, version: '3' }, { name: 'leaf', version: '3', script });
  expect(await findings(root, '/srv')).toEqual(['unverifiable\t/srv/leaf']);
});

test("a directory that somebody made in place of a package's link is found for its owner and mode", async () => {
  const root = new SmallRoot(base);
  root.bash('rm usr/bin/link; mkdir -m 0750 usr/bin/link');
  expect(await findings(root, '/usr/bin')).toEqual(['unverifiable\t/usr/bin/link/']);
});

test('another build of the version that is offered is not what is offered', async () => {
  const own = { name: 'own', script: 'mkdir -p usr/lib; echo own >usr/lib/own' };
  const root = new SmallRoot(base, own);
  expect(await findings(root, '/usr/lib')).toEqual([]);
  root.bash(
    "sed -i '/^Package: own/,/^$/s/^Status:/Installed-Size: 99\\nDepends: base\\n&/' var/lib/dpkg/status",
  );
  expect(await findings(root, '/usr/lib')).toEqual(['no-source\t/usr/lib/own']);
});

test('an archive on the same machine counts while the file is there, and in no place that is emptied', async () => {
  const root = new SmallRoot(base);
  root.bash(`mv var/lib/apt/lists/archive.invalid_debian_._Packages var/lib/apt/lists/_srv_a_._Packages
    echo 'deb [trusted=yes] file:/srv/a ./' >etc/apt/sources.list; mkdir -p srv/a tmp; touch srv/a/base_1.deb`);
  expect(await findings(root, '/usr/lib')).toEqual([]);
  root.bash('mv srv/a tmp/a; ln -s /tmp/a srv/a');
  expect(await findings(root, '/usr/lib')).toEqual(['no-source\t/usr/lib/']);
  root.bash('rm -r srv/a');
  expect(await findings(root, '/usr/lib')).toEqual(['no-source\t/usr/lib/']);
});

describe('a hostile tree', () => {
  const refused = 'not a regular file';
  const hostile: [string, string, number, string][] = [
    ['a fifo for its status', 'rm var/lib/dpkg/status; mkfifo var/lib/dpkg/status', 2, refused],
    [
      'a device for its diversions',
      'ln -s /dev/zero var/lib/dpkg/diversions; mkdir dev; mknod dev/zero c 1 5',
      2,
      refused,
    ],
    [
      'a loop where an alternative is',
      'mkdir -p var/lib/dpkg/alternatives x; ln -s loop x/loop; printf "auto\\n/x/loop/a\\n\\n" >var/lib/dpkg/alternatives/a',
      0,
      '',
    ],
    ['a directory among the alternatives', 'mkdir -p var/lib/dpkg/alternatives/dir', 0, ''],
    ['a loop in place of a packaged directory', 'rm -r usr/share/base; ln -s base usr/share/base', 0, ''],
    ['/bin that leads to itself', 'ln -s bin bin', 0, ''],
  ];
  test.each(hostile)('with %s', async (_, script, code, message) => {
    const root = new SmallRoot(base);
    root.bash(script);
    for (const more of [[], ['--missing']]) {
      const ended = await run([dpkgOrphans, '--cache', 'none', '--root', root.directory, ...more]);
      expect(ended.code, ended.stderr).toBe(code);
      expect(ended.stderr).toContain(message);
      expect(ended.stderr).not.toContain('internal error');
    }
  });

  test('its lists lead to no file of the machine', async () => {
    const outside = temporaryDirectory();
    writeFileSync(join(outside, 'x.list'), '/srv\n/srv/mine\n');
    writeFileSync(join(outside, 'x.sources'), 'deb [trusted=yes] http://outside.invalid ./\n');
    const root = new SmallRoot(base, {
      name: 'x',
      script: 'mkdir -p usr/lib; echo x >usr/lib/x',
      offered: false,
    });
    root.bash(`mkdir srv; touch srv/mine; mkdir -p etc/apt/sources.list.d
      rm var/lib/dpkg/info/x.list; ln -s ${outside}/x.list var/lib/dpkg/info/x.list
      ln -s ${outside}/x.sources etc/apt/sources.list.d/x.list
      sed 's/^Package: base/Package: x/' var/lib/apt/lists/archive* >var/lib/apt/lists/outside.invalid_._Packages
      echo '/usr/../../../../../etc/hostname' >>var/lib/dpkg/info/base.list`);
    expect(await findings(root, '/usr/lib', '/srv')).toEqual([
      'orphan\t/srv/',
      'orphan\t/srv/mine',
      'orphan\t/usr/lib/x',
    ]);
  });
});

test('a link that an operand leads by is found too', async () => {
  const root = new SmallRoot(base);
  root.bash('mkdir -p data/home; touch data/home/x; ln -s data/home home; ln -s usr/lib lib');
  expect(await findings(root, '/home')).toEqual([
    'orphan\t/data/home/',
    'orphan\t/data/home/x',
    'orphan\t/home',
  ]);
  expect(await findings(root, '/lib')).toEqual([]);
});
