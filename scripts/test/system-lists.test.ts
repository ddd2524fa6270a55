import fc from 'fast-check';
import { expect, test } from 'vitest';
import { installArguments, parseAlternatives } from '../src/restore/system/alternatives-file.ts';
import { signingKeys } from '../src/restore/system/apt-sources.ts';
import { Covering } from '../src/restore/system/covering.ts';
import { parseEntry } from '../src/restore/system/index-entries.ts';
import { asDirectoryLink } from '../src/restore/system/links.ts';
import { planPackages } from '../src/restore/system/plan.ts';
import {
  knownSelections,
  listedDirectories,
  parseLocalDiversions,
  parseOffers,
  parseOverrides,
  parsePackages,
  releaseOf,
} from '../src/restore/system/records.ts';

const name = fc.constantFrom('a', 'b', 'ab', 'dpkg', 'dpkg-old');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);

test('a covering names every path but those that are left out, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(path), fc.array(path, { minLength: 1, maxLength: 3 }), (files, without) => {
      const covering = new Covering(without);
      for (const file of files) covering.add(file);
      const isOut = (file: string): boolean =>
        without.some((out) => file === out || file.startsWith(`${out}/`));
      const { names } = covering;
      if (names === undefined) {
        expect(files.filter(isOut)).toEqual([]);
        return;
      }
      const taken = (file: string): boolean =>
        names.some((one) => file === one || file.startsWith(`${one}/`));
      // A directory above what is left out cannot be named: it comes as a parent of what is in it.
      const isAbove = (file: string): boolean => without.some((out) => out.startsWith(`${file}/`));
      for (const file of files) if (!isAbove(file)) expect(taken(file), file).toBe(!isOut(file));
      for (const out of without) expect(taken(out)).toBe(false);
    }),
  );
});

test('a covering is short', () => {
  const covering = new Covering(['/var/lib/dpkg']);
  for (const one of [
    '/',
    '/etc/',
    '/etc/fstab',
    '/var/',
    '/var/lib/',
    '/var/lib/dpkg/',
    '/var/lib/dpkg/status',
    '/var/lib/x/',
    '/var/lib/x/y',
  ])
    covering.add(one);
  expect(covering.names).toEqual(['/etc', '/var/lib/x']);
});

const installed =
  'a\t1\tall\tii \nb:amd64\t2\tamd64\thi \nb:i386\t2\ti386\tii \nc\t3\tamd64\trc \nd\t\tamd64\tun \n';

test('packages in every state', () => {
  expect(parsePackages(installed).map((one) => [one.name, one.state])).toEqual([
    ['a', 'installed'],
    ['b:amd64', 'installed'],
    ['b:i386', 'installed'],
    ['c', 'removed'],
  ]);
  expect(releaseOf(parsePackages('base-files\t12.4+deb12u11\tamd64\tii \n'))).toBe('12');
  expect(releaseOf([])).toBeUndefined();
});

test('what is offered, by the architecture of the index', () => {
  const text = `         a | 1 | http://deb.debian.org/debian bookworm/main amd64 Packages
    b:i386 | 2 | http://deb.debian.org/debian bookworm/main i386 Packages
         b | 3 | http://deb.debian.org/debian bookworm/main amd64 Packages
         b | 2 | http://deb.debian.org/debian bookworm/main amd64 Packages
         b | 3 | http://deb.debian.org/debian bookworm/main Sources\n`;
  const offers = parseOffers(text);
  expect([...offers]).toEqual([
    ['a:amd64', ['1']],
    ['b:i386', ['2']],
    ['b:amd64', ['3', '2']],
  ]);
});

test('the very version where it is offered, another where not, and what nobody offers is known', () => {
  const wanted = parsePackages(`${installed}e\t1\tamd64\tii \nf\t1\tamd64\tii \ng\t1\tamd64\tii \n`);
  const present = parsePackages('a\t1\tall\tii \ng\t0\tamd64\tii \nown\t1\tamd64\tii \n');
  const offers = new Map([
    ['b:amd64', ['3', '2']],
    ['b:i386', ['3']],
    ['e:amd64', ['2']],
  ]);
  const plan = planPackages(wanted, present, offers, 'amd64');
  expect(plan.install).toEqual(['b:amd64=2', 'b:i386', 'e:amd64']);
  expect(plan.unavailable.map((one) => one.name)).toEqual(['f']);
});

test('local diversions, statoverrides and selections', () => {
  expect(parseLocalDiversions('/a\n/a.distrib\n:\n/b\n/b.dash\ndash\n')).toEqual([
    { from: '/a', to: '/a.distrib' },
  ]);
  expect(parseLocalDiversions('')).toEqual([]);
  expect(parseOverrides('root #99 4755 /usr/bin/a b\nnonsense\n')).toEqual([
    { owner: 'root', group: '#99', mode: '4755', path: '/usr/bin/a b' },
  ]);
  expect(knownSelections('a\tinstall\nb:i386\thold\nc\tdeinstall\n', new Set(['a', 'b:i386']))).toBe(
    'a\tinstall\nb:i386\thold\n',
  );
});

test('the directories of packages, by both names of the merged /usr', () => {
  const listed = listedDirectories([
    '/.\n/usr\n/usr/share\n/usr/share/a/b\n',
    '/lib/systemd/system/x.service\n',
  ]);
  expect([...listed].sort()).toEqual([
    '/lib',
    '/lib/systemd',
    '/lib/systemd/system',
    '/usr',
    '/usr/lib',
    '/usr/lib/systemd',
    '/usr/lib/systemd/system',
    '/usr/share',
    '/usr/share/a',
  ]);
});

test('links in place of directories: where packages have files below, or the new root a directory', () => {
  const links = ['/usr/share/a', '/opt', '/home/ann/link'].map((one) => ({ path: one, target: '/srv' }));
  const found = [...links, { path: '/usr' }].map((one) =>
    asDirectoryLink(one, new Set(['/usr/share/a']), (path) => path === '/opt'),
  );
  expect(found.map((one) => one?.path)).toEqual(['/usr/share/a', '/opt', undefined, undefined]);
});

test('lines of an index: links and directories, with any bytes', () => {
  expect(parseEntry('{"path":"/a","type":"symlink","target":"b"}')).toEqual({ path: '/a', target: 'b' });
  expect(
    parseEntry(
      '{"pathBase64":"L2HpLw==","type":"directory","mode":"2750","uid":1,"gid":2,"mtime":"3.000000001"}',
    ),
  ).toEqual({
    path: '/a\xe9',
    directory: { mode: 0o2750, uid: 1, gid: 2, mtime: '3.000000001' },
  });
  expect(parseEntry('{"path":"/a","type":"file","size":1}')).toBeUndefined();
  expect(parseEntry('{"path":"/a","remark":"changed"}')).toBeUndefined();
});

test('alternatives with slaves, of which a choice may lack some', () => {
  const text =
    'manual\n/usr/bin/e\ne.1\n/usr/share/man/e.1\ne-too\n/usr/bin/e-too\n\n/bin/x\n40\n/man/x.1\n\n/bin/y\n5\n\n/bin/yy\n\n';
  const group = parseAlternatives(text);
  expect(group.choices.map(({ path: choice, priority }) => [choice, priority])).toEqual([
    ['/bin/x', '40'],
    ['/bin/y', '5'],
  ]);
  const [first, second] = group.choices.map((choice) => installArguments('e', group, choice).join(' '));
  expect(first).toBe('--install /usr/bin/e e /bin/x 40 --slave /usr/share/man/e.1 e.1 /man/x.1');
  expect(second).toBe('--install /usr/bin/e e /bin/y 5 --slave /usr/bin/e-too e-too /bin/yy');
  expect(parseAlternatives('').choices).toEqual([]);
});

test('keys that sources name, in both formats', () => {
  const list = '# deb [signed-by=/no] x\ndeb [arch=amd64 signed-by=/etc/a.gpg,/usr/b.asc] https://x y z\n';
  const sources = 'Types: deb\nSigned-By: /usr/share/keyrings/c.gpg\n\nSigned-By:\n -----BEGIN PGP\n';
  expect(signingKeys([list, sources])).toEqual(['/etc/a.gpg', '/usr/b.asc', '/usr/share/keyrings/c.gpg']);
});
