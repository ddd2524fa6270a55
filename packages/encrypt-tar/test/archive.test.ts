import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  boundByModes,
  builtCommand,
  describeTree,
  keyPair,
  mountLoop,
  run,
  start,
  temporaryDirectory,
  until,
} from 'test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';

const encryptTar = builtCommand('encrypt-tar');

/** A tree with all that is awkward to back up, made by the programs of Debian. */
async function awkwardTree(directory: string): Promise<void> {
  execFileSync('bash', ['--norc', '-euc', script, 'bash', directory]);
  const server = createServer().listen(join(directory, 'socket'));
  await new Promise((resolve) => server.on('listening', resolve));
  onTestFinished(() => void server.close());
}

const script = String.raw`
  mkdir -p "$1"; cd "$1"
  mkdir deep empty 'white space' ; mkdir -p deep/er/st
  printf 'content\n' > plain; : > nothing
  printf 1 > $'new\nline'; printf 2 > $'carriage\rreturn'; printf 3 > $'latin\xe9'; printf 4 > -dash; printf 5 > '--to-stdout'
  printf 6 > 'back\slash'; printf 7 > $'tab\there'; printf 8 > ' leading blank'; printf 9 > 'glob*[x]?'; printf 0 > 'utf-8 é'
  printf long > "$(printf 'n%.0s' $(seq 255))"
  truncate -s 10G sparse; printf end | dd of=sparse bs=1 seek=10737418000 conv=notrunc status=none
  printf linked > one; ln one two; ln one deep/three; ln -s plain link; ln -s 'no -> where' dangling; ln dangling hard-of-symlink
  mkfifo fifo; mknod null c 1 3; mknod loop b 7 99
  printf s > setuid; chown 1:2 setuid; chmod 6755 setuid; chmod 1777 empty
  printf a > acl; setfacl -m u:3000000:rwx,u:games:r,g:7:r acl; setfacl -d -m u:12:rx deep
  cp /bin/true capable; setcap cap_net_bind_service+ep capable
  printf u > owned; chown 3000000:3000001 owned; chmod 000 owned
  setfattr -n user.comment -v 'a value' plain; setfattr -n trusted.secret -v 0x00ff plain
  touch -d '1969-12-31 23:00:00.25 UTC' old; touch -d '2100-01-01 00:00:00.123456789 UTC' future
  touch -h -d '2001-01-01 01:01:01.5 UTC' link; touch -d '2002-02-02 UTC' deep
`;

async function packed(options: readonly string[] = []) {
  const directory = temporaryDirectory();
  const tree = join(directory, 'tree');
  await awkwardTree(tree);
  const { identity, recipients } = keyPair(directory);
  const paths = execFileSync('find', [tree, '-print0']);
  const out = join(directory, 'out');
  const made = await run([encryptTar, '-0', '-R', recipients, '-d', out, ...options], { input: paths });
  return { directory, tree, identity, recipients, paths, out, made };
}

describe('a directory of archives', () => {
  test('everything comes back: names, content, owners, modes, times, links, holes, ACLs, xattrs, capabilities', async () => {
    const { directory, tree, identity, out, made } = await packed();
    expect(made).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^encrypt-tar: \S+socket: a socket: not archived/),
    });
    expect(made.stdout.toString()).toBe(`${out}/000001.tar.zst.age\0${out}/000001.index.zst.age\0`);
    const to = join(directory, 'restored');
    const restored = await run([encryptTar, '--extract', '-i', identity, '--to', to, '-d', out]);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const withoutSocket = describeTree(tree).filter((line) => !line.startsWith('"socket"'));
    expect(withoutSocket.length).toBeGreaterThan(35);
    expect(describeTree(join(to, tree))).toEqual(withoutSocket);
    expect(readdirSync(to)).toEqual([tree.split('/')[1]]);
  });

  test('a tree is compared with the index: what differs is named, and written', async () => {
    const { directory, identity, tree, out } = await packed();
    const to = join(directory, 'restored');
    await run([encryptTar, '--extract', '-i', identity, '--to', to, '-d', out]);
    const compare = () => run([encryptTar, '-0', '--compare', to, '-i', identity, '-d', out]);
    expect(await compare()).toMatchObject({ code: 0, stdout: Buffer.alloc(0), stderr: '' });
    const edits: [name: string, edit: string, why: RegExp][] = [
      [
        'plain',
        'printf CONTENT | dd of=plain conv=notrunc status=none; touch -r plain.old plain',
        /content is not/,
      ],
      ['setuid', 'chmod 755 setuid', /mode 0755, expected 6755/],
      ['owned', 'chown 3000000:5 owned', /owner 3000000:5, expected 3000000:3000001/],
      ['future', 'touch -d @1.5 future', /mtime 1.500000000, expected 4102444800.123456789/],
      ['tab\there', "printf more >> $'tab\there'; touch -r future $'tab\there'", /size 5, expected 1$/m],
      ['link', 'ln -s other new; touch -h -r link new; mv -T new link', /target other, expected plain/],
      ['two', 'cp -a two copy; mv copy two', /not the same file as/],
      ['fifo', 'rm fifo; mkdir fifo', /type directory, expected fifo/],
      ['nothing', 'rm nothing', /no such file or directory/],
      ['latin\xe9', String.raw`rm $'latin\xe9'`, /no such file or directory/],
    ];
    const at = join(to, tree);
    execFileSync('bash', ['-c', 'cp -p plain plain.old', 'bash'], { cwd: at });
    for (const [, edit] of edits) execFileSync('bash', ['-euc', edit], { cwd: at });
    const { code, stdout, stderr } = await compare();
    expect(code).toBe(1);
    const found = stdout
      .toString('latin1')
      .split('\0')
      .filter((path) => path !== '' && path !== tree);
    const named = edits.map(([name]) => `${tree}/${name}`);
    expect(found.sort()).toEqual(named.sort());
    for (const [, , why] of edits) expect(stderr).toMatch(why);
  });

  test('it compares with its index, and the index lists what is in it', async () => {
    const { tree, identity, out, paths } = await packed();
    expect(await run([encryptTar, '--check', '-i', identity, '-d', out])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const listed = (await run([encryptTar, '--list', '-0', '-i', identity, '-d', out])).stdout.toString(
      'latin1',
    );
    const expected = paths
      .toString('latin1')
      .split('\0')
      .filter((path) => path !== `${tree}/socket` && path !== '');
    expect(
      listed
        .split('\0')
        .filter((p) => p !== '')
        .map((p) => p.replace(/\/$/, ''))
        .sort(),
    ).toEqual(expected.sort());
  });

  test('stock programs open it: age, zstd, tar', async () => {
    const { directory, tree, identity, out } = await packed();
    const to = join(directory, 'stock');
    mkdirSync(to);
    const open = `set -o pipefail; age -d -i "$1" "$2" | zstd -d | tar -x -p --delay-directory-restore --numeric-owner --xattrs '--xattrs-include=*' -C "$3"`;
    execFileSync('bash', ['-c', open, 'bash', identity, join(out, '000001.tar.zst.age'), to]);
    expect(describeTree(join(to, tree))).toEqual(
      describeTree(tree).filter((line) => !line.startsWith('"socket"')),
    );
  });

  test('the paths that are asked for come back, with what is below them, and their parents as they were', async () => {
    const { directory, tree, identity, out } = await packed();
    const to = join(directory, 'some');
    const argv = [encryptTar, '--extract', '-0', '--select', '-', '-i', identity, '--to', to, '-d', out];
    const wanted = ['latin\xe9', 'deep/er/', 'back\\slash', 'glob*[x]?', '-dash', 'new\nline'];
    const input = Buffer.from(wanted.map((name) => `${tree}/${name}\0`).join(''), 'latin1');
    const ended = await run(argv, { input });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const restored = describeTree(join(to, tree));
    for (const line of restored) expect(describeTree(tree)).toContain(line);
    const paths = restored
      .filter((line) => line.startsWith('"'))
      .map((line) => JSON.parse(line.replace(/" .*/, '"')));
    expect(paths.sort()).toEqual(
      ['', 'deep', 'deep/er/st', ...wanted].map((name) => name.replace(/\/$/, '')).sort(),
    );
  });

  test('a hard link comes back although the path it shares its content with was not asked for', async () => {
    const { directory, tree, identity, out } = await packed();
    const to = join(directory, 'some');
    const argv = [encryptTar, '--extract', '--select', '-', '-i', identity, '--to', to, '-d', out];
    const ended = await run(argv, { input: `${tree}/two\n` }); // its content is in the archive as deep/three
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(to, tree, 'two'), 'utf8')).toBe('linked');
    expect(readdirSync(join(to, tree))).toEqual(['two']);
  });

  test('an empty selection is refused: it does not mean everything', async () => {
    const { directory, identity, out } = await packed();
    const to = join(directory, 'none');
    const ended = await run([
      encryptTar,
      '--extract',
      '--select',
      '-',
      '-i',
      identity,
      '--to',
      to,
      '-d',
      out,
    ]);
    expect(ended).toMatchObject({ code: 64, stderr: expect.stringContaining('--select: no paths given') });
    expect(readdirSync(to)).toEqual([]);
  });

  test('a path that is not in it is a loss', async () => {
    const { directory, identity, out } = await packed();
    const argv = [
      encryptTar,
      '--extract',
      '--select',
      '-',
      '-i',
      identity,
      '--to',
      join(directory, 'none'),
      '-d',
      out,
    ];
    const ended = await run(argv, { input: '/nowhere\n' });
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/nowhere: not found in the archives'),
    });
  });

  test('a disk that fills up: what was there stays, and nothing of the rest is placed', async () => {
    const directory = temporaryDirectory();
    const [source, to] = [join(directory, 'source'), join(directory, 'to')];
    for (const path of [source, to]) mkdirSync(path);
    execFileSync('bash', [
      '-c',
      'cd "$1"; head -c 3M /dev/urandom >a; head -c 3M /dev/urandom >b; echo c >c',
      'bash',
      source,
    ]);
    const archive = join(directory, 'archive');
    const names = ['a', 'b', 'c'].map((name) => join(source, name));
    await run([encryptTar, '--cipher', 'none', '-o', archive, ...names]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'none', to]);
    onTestFinished(() => void execFileSync('umount', [to]));
    mkdirSync(join(to, source), { recursive: true });
    for (const name of names) writeFileSync(join(to, name), 'the good one');
    const before = describeTree(to);
    const ended = await run([encryptTar, '--extract', '--overwrite', '--to', to, archive]);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/tar: failed with exit code 2: .*(space|Wrote only)/),
    });
    expect(describeTree(to).slice(1)).toEqual(before.slice(1)); // but for the time of the top directory
  });

  test('files that are there already stay, and are named; --overwrite replaces them', async () => {
    const { directory, tree, identity, out } = await packed();
    const to = join(directory, 'restored');
    mkdirSync(join(to, tree), { recursive: true });
    writeFileSync(join(to, tree, 'plain'), 'mine');
    const argv = [encryptTar, '--extract', '-i', identity, '--to', to, '-d', out];
    const kept = await run(argv);
    expect(kept).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${tree}/plain: exists already, not restored`),
    });
    expect(readFileSync(join(to, tree, 'plain'), 'utf8')).toBe('mine');
    expect(readFileSync(join(to, tree, 'one'), 'utf8')).toBe('linked');
    expect(await run([...argv, '--overwrite'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(to, tree, 'plain'), 'utf8')).toBe('content\n');
  });

  test.each(['cut', 'flipped'])(
    'an archive with its end %s: nothing is restored, nothing is left',
    async (how) => {
      const { directory, identity, out } = await packed();
      const archive = join(out, '000001.tar.zst.age');
      const bytes = readFileSync(archive);
      if (how === 'cut') truncateSync(archive, bytes.length - 1);
      else writeFileSync(archive, bytes.fill(0x55, bytes.length - 1));
      const to = join(directory, 'restored');
      const extracted = await run([encryptTar, '--extract', '-i', identity, '--to', to, '-d', out]);
      expect(extracted).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('encrypt-tar: age: failed with exit code 1'),
      });
      expect(readdirSync(to)).toEqual([]);
      expect(await run([encryptTar, '--check', '-i', identity, '-d', out])).toMatchObject({ code: 2 });
    },
  );

  test('a directory that has archives is not written to again', async () => {
    const { recipients, out, tree } = await packed();
    const before = describeTree(out);
    const ended = await run([encryptTar, '-R', recipients, '-d', out, join(tree, 'plain')]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('has archives in it already') });
    expect(describeTree(out)).toEqual(before);
  });

  test('an archive of another run does not compare with the index', async () => {
    const { directory, recipients, identity, out, tree } = await packed();
    const other = join(directory, 'other');
    await run([encryptTar, '-R', recipients, '-d', other, join(tree, 'plain'), join(tree, 'one')]);
    writeFileSync(join(out, '000001.tar.zst.age'), readFileSync(join(other, '000001.tar.zst.age')));
    const ended = await run([encryptTar, '--check', '-i', identity, '-d', out]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('expected next: ');
  });
});

describe('one archive', () => {
  test('to a file, and to stdout, with each cipher', async () => {
    const directory = temporaryDirectory();
    const { identity, recipients } = keyPair(directory);
    writeFileSync(join(directory, 'key'), 'secret\n', { mode: 0o600 });
    writeFileSync(join(directory, 'x'), 'x');
    for (const [seal, open] of [
      [
        ['-R', recipients],
        ['-i', identity],
      ],
      [
        ['-r', readFileSync(recipients, 'utf8').trim()],
        ['-i', identity],
      ],
      [
        ['--cipher', 'ccrypt', '--key-file', join(directory, 'key')],
        ['--key-file', join(directory, 'key')],
      ],
      [['--cipher', 'none'], []],
    ] as const) {
      const file = join(directory, 'archive');
      const toFile = await run([encryptTar, ...seal, '-o', file, 'x'], { cwd: directory });
      expect(toFile).toMatchObject({ code: 0, stderr: '' });
      expect(toFile.stdout.toString()).toBe(`${file}\n`);
      const toStdout = await run([encryptTar, ...seal, '-o', '-', 'x'], { cwd: directory });
      expect(toStdout).toMatchObject({ code: 0, stderr: '' });
      writeFileSync(join(directory, 'piped'), toStdout.stdout);
      for (const archive of [file, join(directory, 'piped')]) {
        const listed = await run([encryptTar, '--list', ...open, archive]);
        expect(listed).toMatchObject({ code: 0, stderr: '' });
        expect(listed.stdout.toString()).toBe(`${join(directory, 'x')}\n`);
      }
    }
  });

  test('no paths make an empty archive', async () => {
    const ended = await run([encryptTar, '--cipher', 'none', '-o', '-']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(execFileSync('bash', ['-c', 'zstd -d | tar -t'], { input: ended.stdout }).toString()).toBe('');
  });

  test('a path given twice, with and without a slash, unsorted, is in it once', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'x'), 'x');
    const paths = [join(directory, 'x'), `${directory}/`, directory, `${directory}/./x`, `${directory}//x`];
    const ended = await run([encryptTar, '--cipher', 'none', '-o', '-'], { input: paths.join('\n') });
    const names = execFileSync('bash', ['-c', 'zstd -d | tar -tv'], { input: ended.stdout })
      .toString()
      .trim()
      .split('\n');
    expect(names).toHaveLength(2);
    expect(names.join()).not.toContain('link to');
  });

  test('what cannot be read makes it incomplete; what has gone meanwhile is named', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'x'), 'x');
    const argv = [encryptTar, '--cipher', 'none', '-o', join(directory, 'archive')];
    const gone = await run(argv, { input: `${directory}/x\n${directory}/gone\n` });
    expect(gone).toMatchObject({
      code: 0,
      stderr: `encrypt-tar: ${directory}/gone: vanished before it was read\n`,
    });
    const asked = await run([...argv, join(directory, 'x'), join(directory, 'gone')]);
    expect(asked).toMatchObject({
      code: 1,
      stderr: `encrypt-tar: ${directory}/gone: no such file or directory\n`,
    });
  });

  test('what cannot be opened is a loss, by name, and all else is in the archive', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'open'), 'x');
    writeFileSync(join(directory, 'closed'), 'x', { mode: 0 });
    const ended = await run([...boundByModes, encryptTar, '--cipher', 'none', '-o', '-'], {
      input: `${directory}/open\n${directory}/closed\n`,
    });
    expect(ended).toMatchObject({
      code: 1,
      stderr: `encrypt-tar: ${directory}/closed: cannot open: permission denied\n`,
    });
    const names = execFileSync('bash', ['-c', 'zstd -d | tar -t'], { input: ended.stdout }).toString();
    expect(names).toBe(`${directory.slice(1)}/open\n`);
  });

  test('a disk that fails in the middle of a file: a loss, although tar says that the file shrank', async ({
    skip,
  }) => {
    const directory = temporaryDirectory();
    const [image, mounted] = [join(directory, 'image'), join(directory, 'm')];
    mkdirSync(mounted);
    if (!mountLoop(image, mounted)) skip('no loop devices on this machine');
    execFileSync('bash', ['-c', 'head -c 8M /dev/urandom >"$1/bad"; umount "$1"', 'bash', mounted]);
    if (spawnSync('mount', ['-o', 'loop', image, mounted]).status !== 0)
      skip('no loop devices on this machine');
    // The blocks of the file are cut off from below the mounted file system.
    const extent = execFileSync('filefrag', ['-b4096', '-v', join(mounted, 'bad')]).toString();
    const block = Number(/^ +0: +0\.\. *\d+: +(\d+)\.\./m.exec(extent)?.[1]);
    truncateSync(image, block * 4096 + 400 * 1024);
    const argv = [encryptTar, '--cipher', 'none', '-o', join(directory, 'archive'), join(mounted, 'bad')];
    const ended = await run(argv);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${mounted}/bad: not read to its end: i/o error`);
  });

  test('a file that did shrink is named, and is no loss', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'log');
    execFileSync('bash', ['-c', 'head -c 200000000 /dev/zero >"$1"', 'bash', file]);
    const { child, ended } = start([encryptTar, '--cipher', 'none', '-o', join(directory, 'archive'), file]);
    await until(() => readdirSync(directory).some((name) => name.endsWith('.partial')));
    await until(() => execFileSync('find', [directory, '-name', '*.partial', '-size', '+0']).length > 0);
    truncateSync(file, 100);
    expect(child.pid).toBeDefined();
    expect(await ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${file}: changed while it was read`),
    });
  });

  test('what a restore that was killed has left below its target goes with the next one', async () => {
    const directory = temporaryDirectory();
    const [tree, archive, to] = ['tree', 'archive.tar.zst', 'to'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    execFileSync('bash', [
      '-c',
      'mkdir "$1"; for i in {1..40}; do head -c 5M /dev/urandom >"$1/$i"; done',
      'bash',
      tree,
    ]);
    const paths = Array.from({ length: 40 }, (_, i) => join(tree, String(i + 1)));
    await run([encryptTar, '--cipher', 'none', '-o', archive, ...paths]);
    const argv = [encryptTar, '--extract', '--to', to, archive];
    const { child, ended } = start(argv);
    const left = (): string[] =>
      existsSync(to) ? readdirSync(to).filter((name) => name.endsWith('.partial')) : [];
    await until(() => left().length > 0);
    child.kill('SIGKILL');
    await ended;
    expect(left()).toHaveLength(1);
    mkdirSync(join(to, '.encrypt-tar.mine'));
    expect(await run(argv)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('left by a run that was killed: removed'),
    });
    expect(readdirSync(to).sort()).toEqual(['.encrypt-tar.mine', tree.split('/')[1]]);
  });
});
