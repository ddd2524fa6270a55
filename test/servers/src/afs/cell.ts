import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ended } from 'test-kit';
import { onTestFinished } from 'vitest';
import { type Daemons, daemonsIn } from './daemons.ts';
import { writeCellFiles } from './files.ts';
import { type Keytabs, makeRealm } from './kerberos.ts';
import { makeNamespaces, type Namespaces } from './namespaces.ts';
import { type Network, networkOf } from './network.ts';
import { installPioctl, noPioctl, type Pioctl } from './pioctl.ts';
import { type Programs, programsIn } from './programs.ts';
import { type Transactions, transactionsOf } from './transactions.ts';
import { type Volumes, volumesOf } from './volumes.ts';
import { type WrongVolumes, wrongVolumesOf } from './wrong-volumes.ts';

export interface AfsCellOptions {
  /** With a stand-in for the kernel's AFS system call, for what needs one: fs, aklog, tokens, k5start -t. */
  readonly pioctl?: boolean;
  /** It does not end with the test, but when the caller stops it: for a cell that the tests of a file share. */
  readonly untilStopped?: boolean;
}

/** A real OpenAFS cell with a real Kerberos realm, in namespaces of its own. */
export interface AfsCell extends Volumes, WrongVolumes, Transactions, Network {
  readonly name: string;
  readonly realm: string;
  /** The address of its one server, which has the name afs1 too. */
  readonly server: string;
  /** What it has is below; so are the logs of its servers, in var/log/openafs. */
  readonly directory: string;
  readonly keytabs: Keytabs;
  readonly daemons: Daemons;
  /** Of use where the cell was started with one. */
  readonly pioctl: Pioctl;
  /**
   * The command line that runs a program as a client of the cell, in its network and with its files, and in the
   * machine's own pid namespace. The process that is started becomes the program: signals reach it. Its working directory is /.
   */
  client(argv: readonly string[]): string[];
  /** Runs a program as a client of the cell. */
  run(...argv: string[]): Promise<Ended>;
  /** Runs vos with the servers' own key (-localauth); throws when it fails. */
  vos(...args: string[]): Promise<string>;
  /** Ends all of it; a client that is left running is killed, and an error. */
  stop(): Promise<void>;
}

const facts = {
  name: 'test.example',
  realm: 'TEST.EXAMPLE',
  server: '10.99.99.1', // of its own network: every cell has the same one; the servers refuse loopback's 127.0.0.1
  host: 'afs1.test.example',
};

/** Starts a cell, which ends with the test. It takes some five seconds, in which its database servers elect themselves. */
export async function startAfsCell(options: AfsCellOptions = {}): Promise<AfsCell> {
  const directory = mkdtempSync(join(tmpdir(), 'hcoop-test-afs-'));
  let end = async (): Promise<void> => {};
  const stop = async (): Promise<void> => {
    try {
      await end();
    } finally {
      end = async () => {};
      rmSync(directory, { recursive: true, force: true });
    }
  };
  if (!options.untilStopped) onTestFinished(stop);
  try {
    writeCellFiles(directory, facts);
    const pioctl = options.pioctl ? installPioctl(directory) : undefined;
    const namespaces = await makeNamespaces(directory, facts.server);
    end = namespaces.end;
    return { ...(await startServers(directory, namespaces, pioctl)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServers(
  directory: string,
  namespaces: Namespaces,
  pioctl: Pioctl | undefined,
): Promise<Omit<AfsCell, 'stop'>> {
  const programs = programsIn(namespaces);
  const keytabs = await makeRealm(programs, directory, facts.name);
  const daemons = daemonsIn(namespaces, programs);
  await startDaemons(daemons, programs);

  const volumes = volumesOf(facts.name, directory, namespaces, programs);
  const transactions = transactionsOf(programs);
  return {
    ...facts,
    directory,
    keytabs,
    daemons,
    pioctl: pioctl ?? noPioctl,
    client: namespaces.client,
    run: programs.run,
    vos: programs.vos,
    ...volumes,
    ...transactions,
    ...wrongVolumesOf(directory, namespaces, programs, volumes, transactions),
    ...networkOf(programs, daemons),
  };
}

/** The databases come first: a file server that finds none waits for half a minute, and stays unregistered. */
async function startDaemons(daemons: Daemons, { succeed, eventually }: Programs): Promise<void> {
  const { krb5kdc, vlserver, ptserver, fileserver, volserver, salvageserver } = daemons;
  await Promise.all([krb5kdc.start(), vlserver.start(), ptserver.start()]);
  await succeed('pts', 'createuser', 'admin', '-localauth');
  await succeed('pts', 'adduser', 'admin', 'system:administrators', '-localauth');
  // Each looks for the one before it, and if it finds none, again after seconds only.
  await salvageserver.start();
  await fileserver.start();
  await volserver.start();
  await eventually(/afs1/, 'vos', 'listaddrs');
}
