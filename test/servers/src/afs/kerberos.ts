import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from './programs.ts';

/** The keytabs of two principals: of an administrator of the cell, and of one without rights. */
export interface Keytabs {
  readonly admin: string;
  readonly nobody: string;
}

/** Makes the KDC's database, with the key that the servers share, and the keytabs. */
export async function makeRealm(programs: Programs, directory: string, cell: string): Promise<Keytabs> {
  const keytabs = { admin: join(directory, 'admin.keytab'), nobody: join(directory, 'nobody.keytab') };
  await programs.succeed('kdb5_util', 'create', '-s', '-P', 'of no use to anybody');
  const queries = [
    `addprinc -randkey afs/${cell}`,
    `ktadd -norandkey -k /etc/openafs/server/rxkad.keytab afs/${cell}`,
    ...Object.entries(keytabs).flatMap(([name, keytab]) => [
      `addprinc -randkey ${name}`,
      `ktadd -k ${keytab} ${name}`,
    ]),
  ];
  await programs.succeed('sh', '-c', 'printf "%s\\n" "$@" | kadmin.local', 'sh', ...queries);
  const missing = Object.values(keytabs).filter((keytab) => !existsSync(keytab));
  if (missing.length > 0) throw new Error(`kadmin.local did not make ${missing.join(', ')}`); // it exits with 0
  await programs.succeed('akeyconvert');
  return keytabs;
}
