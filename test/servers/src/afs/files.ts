import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the files of a cell say. */
export interface CellFacts {
  readonly name: string;
  readonly realm: string;
  readonly server: string;
  readonly host: string;
}

/** Writes what is to be in the places of the machine's own files: /etc as a whole, and the servers' directories. */
export function writeCellFiles(directory: string, cell: CellFacts): void {
  execFileSync('cp', ['-a', '/etc', join(directory, 'etc')]);
  for (const name of ['root', 'vicepa', 'vicepb', 'pioctl', 'var/lib/openafs/db', 'var/lib/openafs/local'])
    mkdirSync(join(directory, name), { recursive: true });
  for (const name of ['lib/krb5kdc', 'log/openafs', 'cache/openafs'])
    mkdirSync(join(directory, 'var', name), { recursive: true });
  // Without it, a directory that is no mount point is not taken for a partition.
  for (const partition of ['vicepa', 'vicepb']) writeFileSync(join(directory, partition, 'AlwaysAttach'), '');

  const { name, server, host } = cell;
  const etc = (path: string, text: string): void => writeFileSync(join(directory, 'etc', path), text);
  rmSync(join(directory, 'etc/openafs'), { recursive: true, force: true });
  mkdirSync(join(directory, 'etc/openafs/server'), { recursive: true });
  for (const openafs of ['openafs', 'openafs/server']) {
    etc(`${openafs}/ThisCell`, `${name}\n`);
    etc(`${openafs}/CellServDB`, `>${name}\n${server} #${host}\n`);
  }
  etc('openafs/server/UserList', 'admin\n');
  etc('openafs/cacheinfo', '/afs:/var/cache/openafs:200000\n');
  etc('hosts', `127.0.0.1 localhost\n${server} ${host} ${host.replace(/\..*/, '')}\n`);
  rmSync(join(directory, 'etc/krb5.conf'), { force: true });
  etc('krb5.conf', clientConfig(cell));
  mkdirSync(join(directory, 'etc/krb5kdc'), { recursive: true });
  etc('krb5kdc/kdc.conf', kdcConfig(cell));
}

function clientConfig({ name, realm, server }: CellFacts): string {
  return `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
[realms]
  ${realm} = {
    kdc = ${server}
  }
[domain_realm]
  .${name} = ${realm}
  ${name} = ${realm}
`;
}

function kdcConfig({ realm, server }: CellFacts): string {
  return `[kdcdefaults]
  kdc_listen = ${server}:88
  kdc_tcp_listen = ${server}:88
[realms]
  ${realm} = {
    database_name = /var/lib/krb5kdc/principal
    key_stash_file = /etc/krb5kdc/stash
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }
`;
}
