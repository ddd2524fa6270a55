import { basename } from 'node:path';
import type { Manifest } from './manifest.ts';

export const restoreTextName = 'RESTORE.txt';

const open = { '.age': 'age -d -i "$KEY"', '.cpt': 'ccdecrypt -k "$KEY"', '.zst': 'cat' } as const;
const needs = { '.age': 'age zstd tar', '.cpt': 'ccrypt zstd tar', '.zst': 'zstd tar' } as const;
type Suffix = keyof typeof open;

/** How to verify and open this date with what Debian ships: the commands of this very date, to be copied. */
export function restoreText({ host, date, components }: Manifest): string {
  const files = Object.values(components).flatMap((component) => component.files.map(({ path }) => path));
  const suffix = suffixOf(files.find((path) => path.startsWith('files/')) ?? '');
  return `Backup of ${host}, ${date}. How to open it with stock Debian, as root, in bash.

1. What is needed:

    apt install ${needs[suffix]} openssh-client

2. Here, in the directory of this file: is everything as it was signed? Compare the key that is printed with the
   one you wrote down when the backup was set up.

    sha256sum --quiet -c SHA256SUMS
    ssh-keygen -Y check-novalidate -n hcoop-backup -s SHA256SUMS.sig < SHA256SUMS

3. Name the key that opens it and an empty directory, then unpack all of it. The archives are unpacked in their order, as one. Only
   "all of it" at the end means that nothing is missing.

    KEY=/root/key.txt
    TARGET=/root/restored
    set -o pipefail
    mkdir -p "$TARGET"
    unseal() { for file in "$@"; do ${open[suffix]} < "$file" | zstd -d || return 1; done; }
    LISTS=$(mktemp -d)

${unpack('files', files)}
   Paths and globs at the end of the line with tar bring back only those: etc/fstab, or --wildcards 'home/*/mail'.

4. What is in it, with sizes, times, owners and digests, a path a line. Of a path that is there twice, the last line counts:

    unseal files/*.index.zst* | less

5. The package lists (var/lib/hcoop-backup/system), accounts, and apt's sources and keys are archives of their own:

${unpack('system', files)}
   Before files go back onto a new machine: make the accounts, then apt's sources, then install the packages. Never unpack
   var/lib/dpkg over a live system.
${lockedText(files)}${texts.map(([start, text]) => (files.some((path) => path.startsWith(start)) ? text : '')).join('')}`;
}

/** What was stored under a lock, each in archives of its own. */
function lockedText(files: readonly string[]): string {
  const names = files.flatMap((path) => /^([^/]+)\/\d+\.tar\./.exec(path)?.[1] ?? []);
  const locked = [...new Set(names)].filter((name) => name !== 'files' && name !== 'system');
  if (locked.length === 0) return '';
  const all = locked.map((name) => unpack(name, files)).join('\n');
  return `
   So is what was stored while a lock was held: it fits together, where the same in files/ may not. Stop what uses it first.

${all}`;
}

/** What is in a name that files cannot be called, is written as its code: %20 is a blank. */
const databasesText = `
7. Databases: databases/databases.json.zst* says what each file is. Into a running server; what is there already must be out of the way
   (ALTER DATABASE … RENAME TO …). The roles of PostgreSQL go first, the users of MariaDB last. A user named like one that is there gets its
   settings.

    unseal databases/databases.json.zst* | less
    unseal databases/postgresql*.%%globals.sql.zst* | runuser -u postgres -- psql -X -d postgres
    unseal databases/postgresql.app.sql.zst* | runuser -u postgres -- psql -X -v ON_ERROR_STOP=1 -d postgres && echo all of it
    unseal databases/mariadb.app.sql.zst* | mariadb --binary-mode && echo all of it
    unseal databases/mariadb*.%%globals.sql.zst* | mariadb

   A database of SQLite is a file again, and so is what lay in a directory. slapd, stopped: slapadd -n 0 -F /etc/ldap/slapd.d takes the
   configuration into an empty directory, then slapadd -q -b SUFFIX each suffix; chown them to openldap. Redis, stopped: the .rdb file is
   its dump.rdb, with appendonly no.
`;

/** The numbers in the names of a volume's dumps are of six digits: the order of the names is that of the chain. */
const volumesText = `
6. AFS volumes: volumes/volumes.json says what there is. Each has a full dump, and maybe incremental ones that stand on it, in the order
   of their names. Into a cell (openafs-client, as somebody who may), on a server and a partition, as a new volume:

    VOLUME=user.example
    SERVER=afs1.example.org PARTITION=a NEW=$VOLUME.restored
    for dump in volumes/"$VOLUME".??????.{full,incremental}.dump.zst*; do [ -e "$dump" ] || continue
      case $dump in *.full.*) how=abort ;; *) how=incremental ;; esac
      unseal "$dump" > "$LISTS/dump" &&
        vos restore "$SERVER" "$PARTITION" "$NEW" -file "$LISTS/dump" -overwrite $how || { how=; break; }
    done; [ "$how" ] && echo all of it || echo NOT all of it

   Without a cell, restorevol -file "$LISTS/dump" -dir DIR makes the files of a full dump, but for further names of hard links, owners, modes
   and times; hcoop-restore --volume makes those too, and of all dumps together.
`;

const texts = [
  ['volumes/', volumesText],
  ['databases/', databasesText],
] as const;

/**
 * The lines that unpack a component. What was deleted is in archives still: it is left out, but for those with `./` before them (see
 * docs/INTERFACES.md), which are removed after, unless a link has taken the place of a directory above: what it leads to is to stay.
 */
function unpack(component: string, files: readonly string[]): string {
  const own = files.filter((path) => path.startsWith(`${component}/`));
  const gone = own.find((path) => basename(path).startsWith('gone.'));
  const tar = "tar -x -i -p --delay-directory-restore --numeric-owner --xattrs '--xattrs-include=*'";
  const archives = `unseal ${component}/*.tar.zst* |`;
  const last = '&& echo all of it || echo NOT all of it';
  if (own.length === 0) return '   (this date has none)\n';
  if (gone === undefined) return `    ${archives}\n      ${tar} -C "$TARGET" ${last}\n`;
  return `    unseal ${gone} > "$LISTS/gone"
    LC_ALL=C grep -zv '^\\./' "$LISTS/gone" | tr '\\0' '\\n' > "$LISTS/leave-out" || :
    LC_ALL=C grep -z '^\\./' "$LISTS/gone" > "$LISTS/remove" || :
    ${archives}
      ${tar} \\
        --anchored --no-wildcards --exclude-from="$LISTS/leave-out" -C "$TARGET" ${last}
    (cd -P "$TARGET" && while IFS= read -r -d '' name; do parent=\${name%/*}
      [ "$(realpath -m -- "$parent"; echo x)" != "$PWD\${parent#.}"$'\\nx' ] || rm -df -- "$name"; done) < "$LISTS/remove"
`;
}

function suffixOf(path: string): Suffix {
  return /\.(?:age|cpt)$/.test(path) ? (path.slice(-4) as Suffix) : '.zst';
}
