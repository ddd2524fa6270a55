import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, describeTree, type Ended, keyPair, node, run, temporaryDirectory } from 'test-kit';
import type { AfsCell } from 'test-servers';
import { FileSource } from '../src/byte-source.ts';
import { DumpReader } from '../src/dump-format.ts';
import type { VolumesRecord } from '../src/record.ts';

/** The built command in a cell, with keys and a place for directories of dumps. */
export class Workbench {
  readonly cell: AfsCell;
  readonly directory: string;
  readonly keys: { readonly identity: string; readonly recipients: string };

  /** `directory` has all that it makes; without it, one that is gone with the test. */
  constructor(cell: AfsCell, directory = temporaryDirectory()) {
    this.cell = cell;
    this.directory = directory;
    this.keys = keyPair(directory);
  }

  at(name: string): string {
    return join(this.directory, name);
  }

  /** The command line of the command as a client of the cell, by which a test can start it. */
  argv(...args: readonly string[]): string[] {
    return this.cell.client(this.inside(...args));
  }

  /** The same for somebody who is one. */
  inside(...args: readonly string[]): string[] {
    return [node, builtCommand('afs-vol-dump'), ...args];
  }

  run(...args: readonly string[]): Promise<Ended> {
    return run(this.argv(...args));
  }

  /** The options that make a directory of dumps, on what another has. */
  into(name: string, on?: string): string[] {
    const reuse = on === undefined ? [] : ['--reuse', this.at(on)];
    return ['-d', this.at(name), '-R', this.keys.recipients, '--state', this.at('state'), ...reuse];
  }

  /** Dumps the volumes of the cell's server, with its own key. */
  dump(name: string, on?: string, ...args: readonly string[]): Promise<Ended> {
    return this.run(...this.into(name, on), '--server', 'afs1', '--localauth', ...args);
  }

  record(name: string): VolumesRecord {
    return JSON.parse(readFileSync(join(this.at(name), 'volumes.json'), 'utf8'));
  }

  /** The whole dump of a volume: the file it is in. */
  async extract(name: string, volume: string): Promise<string> {
    const file = this.at(`${name}.${volume}.whole`);
    const args = ['--extract', '-i', this.keys.identity, '-d', this.at(name), '-o', file, volume];
    const ended = await run([builtCommand('afs-vol-dump'), ...args]);
    if (ended.code !== 0 || !existsSync(file)) throw new Error(ended.stderr);
    return file;
  }

  /** The files of a volume, below a new directory. */
  async unpack(
    name: string,
    volume: string,
    ...paths: readonly string[]
  ): Promise<{ ended: Ended; tree: string }> {
    const to = join(temporaryDirectory(), 'unpacked');
    const args = ['--extract', '-i', this.keys.identity, '-d', this.at(name), '--to', to, volume, ...paths];
    return { ended: await run([builtCommand('afs-vol-dump'), ...args]), tree: join(to, volume) };
  }

  /** A full dump of a volume by vos alone. */
  async dumpByVos(volume: string): Promise<string> {
    const file = this.at(`${volume}.by-vos`);
    await this.cell.vos('dump', volume, '-file', file);
    return file;
  }
}

/** What a dump has behind its head, of which the volume's number and times are a part: every vnode with attributes, access list and content. */
export function contentOf(dump: string): Buffer {
  const file = openSync(dump, 'r');
  const { vnodesAt } = new DumpReader(new FileSource(file, dump), dump).head();
  closeSync(file);
  return readFileSync(dump).subarray(vnodesAt);
}

/** The tree that restorevol, which needs no cell either, makes of a dump. */
export function restorevol(dump: string, volume: string): string {
  const directory = temporaryDirectory();
  execFileSync('restorevol', ['-file', dump, '-dir', directory], { stdio: 'ignore' });
  return join(directory, volume);
}

/** A tree as the client shows it, and as it comes back: a symbolic link has no mode on Linux, and the volume's own directory is its owner's alone. */
export function describeWritten(tree: string): string[] {
  return describeTree(tree, { plain: true }).map((line) =>
    line.replace(/ l \d+ /, ' l 777 ').replace(/^"" d \d+ /, '"" d 700 '),
  );
}
