import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './places.ts';

/** A package to be built: its files, links and directories are made by a bash script that runs in its tree. */
export interface SmallPackage {
  readonly name: string;
  readonly version?: string;
  readonly script: string;
  /** More lines of its control file. */
  readonly control?: string;
  readonly conffiles?: readonly string[];
  /** Whether apt can fetch it in this version; yes without it. */
  readonly offered?: boolean;
}

/** A tree with nothing in it but what dpkg has installed of a few packages made for a test, and apt's lists of them. */
export class SmallRoot {
  readonly directory = temporaryDirectory();
  readonly #work = temporaryDirectory();

  constructor(...packages: readonly SmallPackage[]) {
    for (const name of [
      'etc/apt',
      'usr/bin',
      'var/lib/apt/lists/partial',
      'var/lib/dpkg/info',
      'var/lib/dpkg/updates',
    ])
      mkdirSync(join(this.directory, name), { recursive: true });
    for (const name of ['status', 'available']) writeFileSync(join(this.directory, 'var/lib/dpkg', name), '');
    this.install(...packages);
  }

  /** Builds packages, installs them, and has apt read what is offered. Every package owns /, /etc and /usr with its first. */
  install(...packages: readonly SmallPackage[]): void {
    const repository = join(this.#work, 'repository');
    mkdirSync(repository, { recursive: true });
    const files = packages.map((one) => build(this.#work, one));
    this.dpkg('--install', ...files);
    const index = packages.flatMap((one, i) => (one.offered === false ? [] : [entry(files[i] ?? '')]));
    // As `apt update` would leave it.
    writeFileSync(
      join(this.directory, 'etc/apt/sources.list'),
      'deb [trusted=yes] http://archive.invalid/debian ./\n',
    );
    writeFileSync(
      join(this.directory, 'var/lib/apt/lists/archive.invalid_debian_._Packages'),
      index.join('\n'),
    );
  }

  dpkg(...args: readonly string[]): void {
    const options = [
      `--root=${this.directory}`,
      '--force-depends',
      '--force-script-chrootless',
      '--log=/dev/null',
    ];
    execFileSync('dpkg', [...options, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Runs a bash script in the tree. */
  bash(script: string): void {
    execFileSync('bash', ['-euc', script], { cwd: this.directory });
  }
}

function build(
  work: string,
  { name, version = '1', script, control = '', conffiles = [] }: SmallPackage,
): string {
  const tree = join(work, `${name}_${version}`);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  const fields = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Nobody <nobody@invalid>\n`;
  writeFileSync(join(tree, 'DEBIAN/control'), `${fields}Description: for a test\n${control}`);
  if (conffiles.length > 0) writeFileSync(join(tree, 'DEBIAN/conffiles'), `${conffiles.join('\n')}\n`);
  // Files are of an old date, as those of packages are, and each but the conffiles has its digest.
  const digests = String.raw`${script}
    find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | { grep -zvxF "$(sed -n 's|^/||p' DEBIAN/conffiles 2>/dev/null || echo /)" || true; } |
      xargs -0r md5sum >DEBIAN/md5sums
    find . -exec touch -h -d 2020-01-01 {} +`;
  execFileSync('bash', ['-euc', digests], { cwd: tree });
  const file = join(work, 'repository', `${name}_${version}.deb`);
  execFileSync('dpkg-deb', ['-b', '--root-owner-group', tree, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  return file;
}

/** The package's stanza in an archive's index. */
function entry(file: string): string {
  const control = execFileSync('dpkg-deb', ['-f', file], { encoding: 'utf8' });
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  return `${control}Filename: ./${file.split('/').pop()}\nSize: ${statSync(file).size}\nSHA256: ${digest}\n`;
}
