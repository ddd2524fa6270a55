import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Debian's programs in other versions: not installed, and outside the checkout, which a test's user need not reach. */
export const cache = '/var/cache/hcoop-backup-tests';

/** The first release whose setpriv knows Landlock (util-linux 2.41), and the packages which that setpriv needs. */
const landlockRelease = 'trixie';
const landlockPackages = ['util-linux', 'libc6', 'libcap-ng0'].map((name) => `${name}/${landlockRelease}`);

/** The version is the package's. */
export type PackagedRsync = { readonly version: string; readonly path: string };

/** Every rsync that this machine's archives have; each runs with the machine's own libraries. */
export function rsyncVersions(): readonly PackagedRsync[] {
  return withLists(() => {
    const rows = output('apt-cache', ['madison', 'rsync']).matchAll(/\| *(\S+) \|.* Packages$/gm); // no sources
    const versions = new Set([...rows].map(([, version = '']) => version));
    if (versions.size === 0) throw new Error('apt has no lists with rsync');
    return [...versions].map((version) => ({ version, path: unpackedRsync(version) }));
  });
}

function unpackedRsync(version: string): string {
  const tree = cached(`rsync_${version}`, (folder) => {
    unpack(folder, ['-o', 'APT::Sandbox::User=root'], [`rsync=${version}`]);
    output(join(folder, 'usr/bin/rsync'), ['--version']); // fails where a library is too old for it
  });
  return join(tree, 'usr/bin/rsync');
}

export interface LandlockSetpriv {
  /** A setpriv that knows --landlock-access: the machine's own, or a script that runs a later release's. */
  readonly path: string;
  /** Why it cannot be used here, in words. */
  readonly reason?: string;
}

/** A setpriv(1) with Landlock. What it runs in turn is loaded with the machine's own libraries. */
export function landlockSetpriv(): LandlockSetpriv {
  const own = '/usr/bin/setpriv';
  const known = output(own, ['--help']).includes('--landlock-access');
  const path = known ? own : join(withLists(laterSetpriv), 'setpriv');
  const rule = ['--landlock-rule', 'path-beneath:execute,read-file,read-dir:/'];
  const { status, stderr } = spawnSync(path, ['--landlock-access', 'fs', ...rule, '--', '/bin/true']);
  return status === 0 ? { path } : { path, reason: `the kernel does not give Landlock: ${stderr}`.trim() };
}

/** The folder with the later release's setpriv, its libraries, and the script that starts it with them. */
function laterSetpriv(): string {
  return cached(`setpriv_${landlockRelease}`, (folder, place) => {
    unpack(folder, ['-c', laterArchive(folder)], landlockPackages);
    const libraries = readdirSync(join(folder, 'usr/lib'), { encoding: 'utf8', recursive: true });
    const loader = libraries.find((name) => /^[^/]+-linux-gnu[^/]*\/ld[^/]*\.so\.\d+$/.test(name));
    if (loader === undefined) throw new Error(`no loader in libc6 of ${landlockRelease}`);
    const file = join(place, 'usr/lib', loader);
    // On the command line, for LD_LIBRARY_PATH would reach the program that setpriv runs as well.
    const command = `'${file}' --library-path '${dirname(file)}' '${join(place, 'usr/bin/setpriv')}'`;
    writeFileSync(join(folder, 'setpriv'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  });
}

/** Fetches the later release's lists into a folder. Gives the file for `apt-get -c` that makes apt use no others. */
function laterArchive(folder: string): string {
  const at = (name: string): string => join(folder, 'apt', name);
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(at(name), { recursive: true });
  // Read after the machine's own configuration, which may name a proxy, and programs to run after an update of its lists.
  const configuration = `Dir::Etc::SourceList "${at('sources.list')}"; Dir::Etc::SourceParts "-";
Dir::State::Lists "${at('lists')}"; Dir::Cache "${at('cache')}"; Acquire::Languages "none";
APT::Sandbox::User "root"; APT::Update::Error-Mode "any";
#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n`;
  writeFileSync(at('sources.list'), laterSources());
  writeFileSync(at('apt.conf'), configuration);
  output('apt-get', ['-c', at('apt.conf'), '-qq', 'update']);
  return at('apt.conf');
}

/** The machine's sources of Debian's main archive, for the later release. */
function laterSources(): string {
  return mirrors()
    .map((mirror) => `deb ${mirror} ${landlockRelease} main\n`)
    .join('');
}

/** Where this machine gets Debian's main archive: at least one place, as apt read them in whichever format. */
export function mirrors(): readonly string[] {
  return withLists(() => {
    const codename = output('sed', ['-n', 's/^VERSION_CODENAME=//p', '/etc/os-release']).trim();
    const archive = ['Created-By: Packages', 'Origin: Debian', `Codename: ${codename}`, 'Component: main'];
    const places = output('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...archive]);
    if (places === '') throw new Error(`apt has no lists of Debian's main archive for ${codename}`);
    return places.trim().split('\n');
  });
}

/** Downloads packages and unpacks them into a folder, where nothing else is left. */
function unpack(folder: string, options: readonly string[], packages: readonly string[]): void {
  output('apt-get', [...options, '-qq', 'download', ...packages], folder);
  rmSync(join(folder, 'apt'), { recursive: true, force: true });
  for (const archive of readdirSync(folder)) {
    output('dpkg-deb', ['-x', archive, '.'], folder);
    rmSync(join(folder, archive));
  }
}

/** A folder of the cache. It is filled under another name, so that no test beside this one sees half of it. */
export function cached(name: string, fill: (folder: string, place: string) => void): string {
  const place = join(cache, name);
  if (existsSync(place)) return place;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'new-'));
  try {
    fill(folder, place);
    output('chmod', ['a+rx', cache]);
    output('chmod', ['-R', 'a+rX,a-s', folder]); // for a test's unprivileged user, and no set-user-ID copy of su
    renameSync(folder, place);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(place)) throw error; // else another test was first
  }
  return place;
}

/** Does what needs apt's lists. Where they are missing, or older than the archive, it fails: then again, with new ones. */
function withLists<T>(work: () => T): T {
  try {
    return work();
  } catch {
    output('flock', ['/var/lib/apt/lists', 'apt-get', '-qq', 'update']); // apt itself would not wait for its lock
    return work();
  }
}

/** What a program writes; what it says on stderr is part of the error when it fails. */
function output(program: string, args: readonly string[], cwd = '/'): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
