import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, type Ended, keyPair, node, run, temporaryDirectory } from 'test-kit';
import type { DatabasesRecord, DumpRecord } from '../src/record.ts';

/** The built command, with keys and a place for directories of dumps. */
export class Workbench {
  readonly directory = temporaryDirectory();
  readonly keys = keyPair(this.directory);

  at(name: string): string {
    return join(this.directory, name);
  }

  /** The command line of the command, by which a test can start it. */
  argv(...args: readonly string[]): string[] {
    return [node, builtCommand('db-collect'), ...args];
  }

  run(...args: readonly string[]): Promise<Ended> {
    return run(this.argv(...args));
  }

  /** The options that make a directory of dumps, on what another has. */
  into(name: string, on?: string): string[] {
    const reuse = on === undefined ? [] : ['--reuse', this.at(on)];
    return ['-d', this.at(name), '-R', this.keys.recipients, '--state', this.at('state'), ...reuse];
  }

  /** The options that open one. */
  from(name: string): string[] {
    return ['-d', this.at(name), '-i', this.keys.identity];
  }

  /** A sealed file, opened as RESTORE.txt says. */
  async open(name: string, file: string): Promise<string> {
    const opened = await run([
      'sh',
      '-c',
      'age -d -i "$1" "$2" | zstd -dc',
      'sh',
      this.keys.identity,
      join(this.at(name), file),
    ]);
    if (opened.code !== 0) throw new Error(opened.stderr);
    return opened.stdout.toString();
  }

  async record(name: string): Promise<DatabasesRecord> {
    return JSON.parse(await this.open(name, 'databases.json.zst.age')) as DatabasesRecord;
  }

  async dumpOf(name: string, database: string): Promise<DumpRecord> {
    const found = (await this.record(name)).dumps.find((dump) => dump.name === database);
    if (found === undefined) throw new Error(`no dump of ${database} in ${name}`);
    return found;
  }

  /** What lies in a directory of dumps. */
  files(name: string): string[] {
    return readdirSync(this.at(name)).sort();
  }
}
