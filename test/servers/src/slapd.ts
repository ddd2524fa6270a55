import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  asUser,
  directoryOf,
  give,
  type OwnOptions,
  type OwnProcess,
  ownProcess,
  succeed,
  withDirectory,
} from './own-process.ts';
import { base64, slapdConfig, slapdEntries, suffixes } from './slapd-ldif.ts';

/** A real slapd with two databases of its own, and a monitor. */
export interface Slapd extends OwnProcess {
  /** What it has is below, in conf, data1, data2 and run. */
  readonly directory: string;
  /** Its cn=config, for slapcat -F. */
  readonly configDirectory: string;
  /** Of its databases; the second has letters beyond ASCII, blanks, quotes and a comma. */
  readonly suffixes: readonly [string, string];
  /** Of the directories of the databases, in the order of the suffixes. */
  readonly dataDirectories: readonly [string, string];
  /** The URL of its socket, at which root and openldap may do all (SASL EXTERNAL). */
  readonly ldapi: string;
  /** Adds entries. */
  add(ldif: string): Promise<void>;
  /** Changes entries, of cn=config too. */
  modify(ldif: string): Promise<void>;
  /** Puts into both databases what is hard to copy: binary values, names in base64, long lines, odd blanks. */
  fill(): Promise<void>;
  /** All entries of a subtree with their operational attributes, in LDIF without folded lines. */
  search(base: string): Promise<string>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
}

/** Starts a slapd, as user openldap, which ends with the test. */
export function startSlapd(options: OwnOptions = {}): Promise<Slapd> {
  const directory = directoryOf('openldap', 'slapd');
  return withDirectory(directory, options, async () => {
    const configDirectory = join(directory, 'conf');
    const dataDirectories = [join(directory, 'data1'), join(directory, 'data2')] as const;
    const run = join(directory, 'run');
    for (const each of [configDirectory, ...dataDirectories, run]) mkdirSync(each);
    give(directory, 'openldap');
    await succeed(
      asUser('openldap', ['slapadd', '-n', '0', '-F', configDirectory]),
      slapdConfig(dataDirectories),
    );

    const ldapi = `ldapi://${encodeURIComponent(join(run, 'ldapi'))}`;
    const client = ['-Q', '-Y', 'EXTERNAL', '-H', ldapi];
    const search = async (...args: string[]): Promise<string> =>
      (await succeed(['ldapsearch', ...client, '-LLL', '-o', 'ldif-wrap=no', ...args])).toString();
    const add = async (ldif: string): Promise<void> => void (await succeed(['ldapadd', ...client], ldif));
    const server = ownProcess(asUser('openldap', ['slapd', '-h', ldapi, '-F', configDirectory, '-d', '0']), [
      'ldapwhoami',
      ...client,
    ]);
    return Object.assign(server, {
      directory,
      configDirectory,
      suffixes,
      dataDirectories,
      ldapi,
      add,
      modify: async (ldif: string) => void (await succeed(['ldapmodify', ...client], ldif)),
      fill: () => add(slapdEntries()),
      search: (base: string) => search('-b', base, '*', '+'),
    });
  });
}

/** A line of LDIF of any value. */
export function ldifLine(attribute: string, value: string | Uint8Array): string {
  return `${attribute}:: ${base64(value)}\n`;
}
