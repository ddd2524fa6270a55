import type { Manifest } from './manifest.ts';

export const restoreTextName = 'RESTORE.txt';

const open = { '.age': 'age -d -i "$KEY"', '.cpt': 'ccdecrypt -k "$KEY"', '.zst': 'cat' } as const;
const needs = { '.age': 'age zstd tar', '.cpt': 'ccrypt zstd tar', '.zst': 'zstd tar' } as const;

/** How to verify and open this date with what Debian ships: the commands of this very date, to be copied. */
export function restoreText({ host, date, components }: Manifest): string {
  const files = Object.values(components).flatMap((component) => component.files.map(({ path }) => path));
  const archives = files.filter((path) => path.includes('.tar.'));
  const index = files.find((path) => path.startsWith('files/index.')) ?? '';
  const suffix = /\.(age|cpt)$/.test(index) ? (index.slice(-4) as '.age' | '.cpt') : '.zst';
  const unpack = 'tar -x -p --numeric-owner --acls --xattrs \'--xattrs-include=*\' -C "$TARGET"';
  const lines = archives.map((archive) => `${open[suffix]} < ${archive} | zstd -d | ${unpack}`);
  return `Backup of ${host}, ${date}. How to open it with stock Debian, as root, in bash.

1. What is needed:

    apt install ${needs[suffix]} openssh-client

2. Here, in the directory of this file: is everything as it was signed? Compare the key that is printed with the
   one you wrote down when the backup was set up.

    sha256sum --quiet -c SHA256SUMS
    ssh-keygen -Y check-novalidate -n hcoop-backup -s SHA256SUMS.sig < SHA256SUMS

3. Name the key that opens it and an empty directory, then unpack all of it. A message from any of these programs
   means that what came out is not to be trusted.

    KEY=/root/key.txt
    TARGET=/root/restored
    set -o pipefail
    mkdir -p "$TARGET"
${lines.map((line) => `    ${line}`).join('\n')}

   Paths and globs at the end of a line bring back only those: etc/fstab, or --wildcards 'home/*/mail'.

4. What is in it, with sizes, times and owners, a path a line:

    ${open[suffix]} < ${index} | zstd -d

The system archive has the package lists (var/lib/hcoop-backup/system), accounts, and apt's sources and keys. Before
files go back onto a new machine: make the accounts, then apt's sources, then install the packages. Never unpack
var/lib/dpkg over a live system.
`;
}
