import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { builtCommand, describeTree, type Ended, makeHost, run, type TestHost } from 'test-kit';
import { expect, test } from 'vitest';

const everything = process.env.HCOOP_TEST_ALL !== undefined;
const oldest = '2026-01-01';
const middle = '2026-01-02';
const newest = '2026-01-03';
const descriptions = ['MANIFEST.json', 'RESTORE.txt', 'SHA256SUMS', 'SHA256SUMS.sig'];

/** A host with three dates: the newest has archives of before, new ones, and a list of what is gone. */
async function hostWithHistory(settings: string): Promise<TestHost> {
  const host = makeHost(`[archives]\nsize = "4M"\n${settings}`);
  writeFileSync(host.config, `keep = 3\n${readFileSync(host.config, 'utf8')}`);
  const write = (...names: number[]): void => {
    for (const name of names) writeFileSync(join(host.tree, `${name}`), randomBytes(800_000));
  };
  const remove = (...names: number[]): void => {
    for (const name of names) rmSync(join(host.tree, `${name}`));
  };
  write(...Array(20).keys());
  await backUp(host, oldest);
  remove(3);
  write(4, 30);
  await backUp(host, middle);
  remove(9, 30);
  write(10, 31, 32, 33, 34, 35, 36);
  await backUp(host, newest);
  return host;
}

async function backUp(host: TestHost, date: string): Promise<void> {
  const ended = await host.backup('--date', date);
  expect(ended.code, ended.stderr).toBe(0);
}

/** The files of the newest date by kind: what is reused is a hard link of an earlier date's. */
function kindsOf(host: TestHost): Map<string, string[]> {
  const date = join(host.staging, newest);
  const kinds = new Map<string, string[]>();
  for (const entry of readdirSync(date, { recursive: true, encoding: 'utf8' })) {
    if (!statSync(join(date, entry)).isFile()) continue;
    const kind = kindOf(host, entry);
    kinds.set(kind, [...(kinds.get(kind) ?? []), entry]);
  }
  return kinds;
}

function kindOf(host: TestHost, path: string): string {
  if (dirname(path) === '.') return path;
  const what = /\.(tar|index)\.|^gone\./.exec(basename(path))?.[0] ?? path;
  const file = (date: string): string => join(host.staging, date, path);
  const before = statSync(file(middle), { throwIfNoEntry: false });
  return `${dirname(path)}: ${before?.ino === statSync(file(newest)).ino ? 'reused' : 'new'} ${what}`;
}

/** Something that happens to a date, and what is to be named of it. */
interface Damage {
  readonly what: string;
  readonly named: readonly string[];
  readonly happen: (date: string) => void;
}

/** The copy of a date has its files by hard links: each is to be replaced, and never written to. */
function replace(file: string, content: Uint8Array): void {
  rmSync(file);
  writeFileSync(file, content);
}

function flipped(content: Buffer, at: number): Buffer {
  const changed = Buffer.from(content);
  changed[at] = (changed[at] ?? 0) ^ (1 << randomInt(8));
  return changed;
}

function change(what: string, path: string, changed: (content: Buffer) => Buffer): Damage {
  const happen = (date: string): void => replace(join(date, path), changed(readFileSync(join(date, path))));
  return { what: `${what} of ${path}`, named: [path], happen };
}

/** A bit, and the end: what a disk or a line does to a file. */
function changesOf(path: string): Damage[] {
  const place = randomInt(1 << 30);
  return [
    change('a bit of the first byte', path, (content) => flipped(content, 0)),
    change('a bit in the middle', path, (content) => flipped(content, content.length >> 1)),
    change('a bit of the last byte', path, (content) => flipped(content, content.length - 1)),
    change(`a bit at ${place}`, path, (content) => flipped(content, place % content.length)),
    change('the last byte', path, (content) => content.subarray(0, -1)),
    change('half', path, (content) => content.subarray(0, content.length >> 1)),
    change('all', path, () => Buffer.alloc(0)),
    change('more after the end', path, (content) => Buffer.concat([content, Buffer.from('x')])),
  ];
}

/** The version in the signature's blob, which ssh-keygen takes when it is lower, and does not sign. */
const otherVersion = change('the version', 'SHA256SUMS.sig', (content) =>
  Buffer.from(content.toString().replace('U1NIU0lHAAAAAQ', 'U1NIU0lHAAAAAA')),
);

function removalOf(path: string): Damage {
  return { what: `removed: ${path}`, named: [path], happen: (date) => rmSync(join(date, path)) };
}

/** Files in places that are not theirs: each is good, and would verify elsewhere. */
function confusionsOf(path: string, alike: readonly string[], good: (date: string) => string): Damage[] {
  const added = join(dirname(path), `more-${basename(path)}`);
  const hidden = join(dirname(path), `.${basename(path)}`);
  const add = (name: string): Damage => ({
    what: `added: ${name}`,
    named: [name],
    happen: (date) => cpSync(join(date, path), join(date, name)),
  });
  const link: Damage = {
    what: `a link to the good one for ${path}`,
    named: [path],
    happen: (date) => {
      rmSync(join(date, path));
      symlinkSync(join(good(newest), path), join(date, path));
    },
  };
  const others = alike.filter((other) => other !== path);
  const swaps = anyOf(others, 1).map((other) => swapOf(path, other));
  const earlier = [middle, oldest]
    .filter((date) => differs(join(good(date), path), join(good(newest), path)))
    .map((before) => ({
      what: `that of ${before} for ${path}`,
      named: [path],
      happen: (date: string) => replace(join(date, path), readFileSync(join(good(before), path))),
    }));
  return [add(added), add(hidden), link, ...swaps, ...earlier];
}

function swapOf(path: string, other: string): Damage {
  return {
    what: `swapped: ${path} and ${other}`,
    named: [path, other],
    happen: (date) => {
      const [one, two] = [path, other].map((name) => readFileSync(join(date, name)));
      replace(join(date, path), two ?? Buffer.alloc(0));
      replace(join(date, other), one ?? Buffer.alloc(0));
    },
  };
}

function differs(earlier: string, later: string): boolean {
  return existsSync(earlier) && !readFileSync(earlier).equals(readFileSync(later));
}

function anyOf<T>(list: readonly T[], count: number): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, list.length) }, () => left.splice(randomInt(left.length), 1))
    .flat()
    .filter((one) => one !== undefined);
}

/** All that is to happen: everything that can, or some of it for each kind of file. */
function damagesTo(host: TestHost): Damage[] {
  const good = (date: string): string => join(host.staging, date);
  const damages = [...kindsOf(host)].flatMap(([kind, paths]) =>
    (everything ? paths : anyOf(paths, 1)).flatMap((path) => {
      const changes = changesOf(path);
      const confusions = confusionsOf(path, paths, good);
      // These are small, and what all else rests on.
      if (everything || kind.startsWith('SHA256SUMS')) return [...changes, removalOf(path), ...confusions];
      return [...anyOf(changes, 1), removalOf(path), ...anyOf(confusions, 1)];
    }),
  );
  return [...damages, otherVersion];
}

/** A copy of a date under a name, in a place of its own. */
function copyOf(host: TestHost, date: string, name = date): string {
  const copy = join(host.directory, 'copies', name);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(dirname(copy), { recursive: true });
  execFileSync('cp', ['-al', join(host.staging, date), copy]);
  return copy;
}

/** Where programs that work on a date could leave something behind: all is empty, or not there, to begin with. */
class Traces {
  readonly to: string;
  readonly env: { readonly TMPDIR: string };
  readonly #before = inVarTmp();

  constructor(host: TestHost) {
    this.to = join(host.directory, 'restored');
    this.env = { TMPDIR: join(host.directory, 'temporary') };
    for (const place of [this.to, this.env.TMPDIR]) rmSync(place, { recursive: true, force: true });
    mkdirSync(this.env.TMPDIR);
  }

  /** The names of what is there now. */
  found(): string[] {
    return [
      ...(existsSync(this.to) ? readdirSync(this.to) : []),
      ...readdirSync(this.env.TMPDIR),
      ...inVarTmp().filter((name) => !this.#before.includes(name)),
    ];
  }
}

function inVarTmp(): string[] {
  return readdirSync('/var/tmp').filter((name) => /hcoop|encrypt-tar/.test(name));
}

/** What is wrong with how a damaged date is met: nothing, where it is named, and nothing of it is restored. */
async function faultsOf(host: TestHost, date: string, { what, named }: Damage): Promise<string[]> {
  const traces = new Traces(host);
  const verified = await host.verify(date, { env: traces.env });
  const restored = await host.restore(date, traces.to, { env: traces.env });
  const unnamed = named.filter((path) => !namesPath(verified.stderr, path));
  return [
    ...(refused(verified) ? [] : [`${what}: verified with ${verified.code}: ${verified.stderr}`]),
    ...unnamed.map((path) => `${what}: ${path} is not named: ${verified.stderr}`),
    ...(refused(restored) ? [] : [`${what}: restored with ${restored.code}: ${restored.stderr}`]),
    ...traces.found().map((name) => `${what}: left behind: ${name}`),
  ];
}

/** Of sums that do not match their signature, nobody can tell which of the two has changed. */
function namesPath(stderr: string, path: string): boolean {
  return stderr.includes(`/${path}`);
}

function refused({ code, stderr }: Ended): boolean {
  return (code === 1 || code === 2) && !stderr.includes('internal error');
}

test('whatever happens to any file of a date: it is named without a key, and nothing is restored', async () => {
  const host = await hostWithHistory('');
  const kinds = [...kindsOf(host).keys()].sort();
  expect(kinds).toEqual([
    ...['MANIFEST.json', 'RESTORE.txt', 'SHA256SUMS', 'SHA256SUMS.sig'],
    ...['files: new .index.', 'files: new .tar.', 'files: new gone.'],
    ...['files: reused .index.', 'files: reused .tar.'],
    ...['system: new .index.', 'system: new .tar.', 'system: reused .index.', 'system: reused .tar.'],
  ]);
  const faults: string[] = [];
  for (const damage of damagesTo(host)) {
    const copy = copyOf(host, newest);
    damage.happen(copy);
    faults.push(...(await faultsOf(host, copy, damage)));
  }
  expect(faults).toEqual([]);
  // None of that has touched the date itself.
  const copy = copyOf(host, newest);
  expect(await host.verify(copy)).toMatchObject({ code: 0 });
  const { to } = new Traces(host);
  expect(await host.restore(copy, to)).toMatchObject({ code: 0 });
  expect(describeTree(join(to, host.tree))).toEqual(describeTree(host.tree));
});

test('an older date passed off as a newer one is noticed', async () => {
  const host = await hostWithHistory('[system]\nenabled = false\n');
  const substitute = (names: readonly string[]): Damage => ({
    what: `${names.join(', ')} of an older date`,
    named: ['MANIFEST.json'],
    happen: (date) => {
      for (const name of names) replace(join(date, name), readFileSync(join(host.staging, oldest, name)));
    },
  });
  const whole = copyOf(host, oldest, newest);
  const faults = await faultsOf(host, whole, { what: 'a copy', named: ['MANIFEST.json'], happen: () => {} });
  expect(faults).toEqual([]);
  expect((await host.verify(whole)).stderr).toContain(
    `MANIFEST.json: it is of ${oldest}: an older date passed off as ${newest}?\n`,
  );
  rmSync(whole, { recursive: true });
  symlinkSync(join(host.staging, oldest), whole);
  expect(await faultsOf(host, whole, { what: 'a link', named: ['MANIFEST.json'], happen: () => {} })).toEqual(
    [],
  );
  rmSync(whole);
  for (const damage of [
    substitute(['MANIFEST.json', 'SHA256SUMS', 'SHA256SUMS.sig']),
    substitute(descriptions),
    // The manifest is the newest one's: what is signed is not it.
    { ...substitute(['SHA256SUMS', 'SHA256SUMS.sig']), named: ['MANIFEST.json'] },
  ]) {
    const copy = copyOf(host, newest);
    damage.happen(copy);
    expect(await faultsOf(host, copy, damage)).toEqual([]);
  }
});

test('without the signature, by hand: of damaged archives nothing is unpacked into its place', async () => {
  const host = await hostWithHistory('[system]\nenabled = false\n');
  const kinds = [...kindsOf(host)].filter(([kind]) => kind.startsWith('files: '));
  const faults: string[] = [];
  for (const swapped of swapsOf(kinds.flatMap(([, paths]) => paths))) {
    const copy = copyOf(host, newest);
    swapped.happen(copy);
    faults.push(...(await unpackingFaults(host, copy, swapped)));
  }
  for (const [, paths] of kinds)
    for (const path of everything ? paths : anyOf(paths, 1)) {
      const damages = [...changesOf(path), ...(path.includes('gone.') ? [] : [removalOf(path)])];
      for (const damage of everything ? damages : anyOf(damages, 2)) {
        const copy = copyOf(host, newest);
        damage.happen(copy);
        faults.push(...(await unpackingFaults(host, copy, damage)));
      }
    }
  expect(faults).toEqual([]);
});

/** Each file is good, and opens: an archive for another, an index for another, the list of the deleted for an index. */
function swapsOf(paths: readonly string[]): Damage[] {
  const [archives, indexes, gone] = [/\.tar\./, /\.index\./, /\/gone\./].map((kind) =>
    paths.filter((path) => kind.test(path)),
  );
  return [
    [archives, archives],
    [indexes, indexes],
    [gone, indexes],
    [archives, indexes],
  ].flatMap(([some = [], others = []]) => {
    const all = some.flatMap((one) =>
      others.filter((other) => other !== one).map((other) => swapOf(one, other)),
    );
    return everything ? all : anyOf(all, 2);
  });
}

/** What is wrong with how damaged archives are unpacked. */
async function unpackingFaults(host: TestHost, date: string, { what, named }: Damage): Promise<string[]> {
  const traces = new Traces(host);
  const extract = [builtCommand('encrypt-tar'), '--extract', '-i', host.identity, '--to', traces.to];
  const unpacked = await run([...extract, '-d', join(date, 'files')], { env: traces.env });
  const one = join(date, named[0] ?? '');
  const isDamaged = named.length === 1 && /\.tar\./.test(one) && existsSync(one); // one that was swapped is good
  const alone = isDamaged && (await run([...extract, one], { env: traces.env }));
  const restore = [builtCommand('hcoop-restore'), '--unverified', '-i', host.identity, '--to', traces.to];
  const unverified = await run([...restore, date], { env: traces.env });
  return [
    ...[unpacked, unverified, ...(alone ? [alone] : [])]
      .filter(({ code, stderr }) => code === 0 || stderr.includes('internal error'))
      .map(({ code, stderr }) => `${what}: unpacked with ${code}: ${stderr}`),
    ...traces.found().map((name) => `${what}: left behind: ${name}`),
  ];
}
