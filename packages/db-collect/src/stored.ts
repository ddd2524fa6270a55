import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { failure, type Report, usageError } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { type Opening, openSealed, storeFile } from 'sealed-file';
import { inspectorFor } from './inspect.ts';
import { tellFailure } from './losses.ts';
import { readable } from './names.ts';
import { type DatabasesRecord, type DumpRecord, readRecord } from './record.ts';
import { titleOf } from './source.ts';

/** What is to be said of a dump that is not of the time when the others were made, or not known to be good. */
const remarks = {
  ok: undefined,
  kept: 'could not be dumped when the others were: this is of before',
  doubtful: 'something was wrong with it when it was made: the log of that run tells',
} as const;

/** The dumps of a directory, and how they are opened. */
export class StoredDumps {
  readonly directory: string;
  readonly opening: Opening;
  readonly record: DatabasesRecord;

  private constructor(directory: string, opening: Opening, record: DatabasesRecord) {
    this.directory = directory;
    this.opening = opening;
    this.record = record;
  }

  static async in(directory: string, opening: Opening): Promise<StoredDumps> {
    return new StoredDumps(directory, opening, await readRecord(directory, opening));
  }

  /** The dump of a database by its name; where several servers have one of that name, by that of its file. */
  find(name: BytePath, report: Report): DumpRecord {
    const wanted = readable(name);
    const { dumps } = this.record;
    const byFile = dumps.filter(({ file }) => file === wanted || file.startsWith(`${wanted}.zst`));
    const found = byFile.length > 0 ? byFile : dumps.filter((dump) => dump.name === wanted);
    const [dump] = found;
    if (dump === undefined) {
      const some = dumps.slice(0, 10).map((one) => one.name);
      throw usageError(
        escapePath(name),
        'there is no dump of it',
        `there are: ${some.join(' ')}${dumps.length > 10 ? ' …' : ''}`,
      );
    }
    if (found.length > 1)
      throw usageError(
        escapePath(name),
        'several are called so',
        `name the file: ${found.map(({ file }) => file.replace(/\.zst(?:\.\w+)?$/, '')).join(' ')}`,
      );
    const remark = remarks[dump.status];
    if (remark !== undefined) report.note(titleOf(dump), remark);
    return dump;
  }

  /** Opens a dump, and has `read` read it: before its last byte has been judged. */
  open(dump: DumpRecord, read: (plaintext: Readable) => Promise<void>): Promise<void> {
    return openSealed(join(this.directory, dump.file), this.opening, [], read);
  }

  /** Writes a dump as a file of root's, whole or not at all. */
  extract(dump: DumpRecord, file: string): Promise<void> {
    return storeFile(file, (handle) =>
      this.open(dump, async (plaintext) => {
        for await (const chunk of plaintext) await handle.writeFile(chunk as Buffer);
      }),
    );
  }

  /** Opens a dump to its end, and sees that it is the one of the record: whole, with what was counted. */
  async check(dump: DumpRecord): Promise<void> {
    const inspector = inspectorFor(dump);
    await this.open(dump, async (plaintext) => {
      for await (const chunk of plaintext) inspector.pass(chunk as Buffer);
    });
    const { bytes, sha256 } = inspector.finish();
    if (bytes !== dump.bytes || sha256 !== dump.sha256)
      throw failure(
        titleOf(dump),
        'not what was dumped, by its record',
        'sha256sum -c SHA256SUMS of its date tells whether the file is',
      );
  }

  /** Checks all of them. */
  checkAll(report: Report): Promise<void> {
    return this.each((dump) => this.check(dump), report);
  }

  /** Does the same for each dump. One that fails does not keep the others from being done. */
  async each(
    work: (dump: DumpRecord) => Promise<void>,
    report: Report,
    dumps: readonly DumpRecord[] = this.record.dumps,
  ): Promise<void> {
    for (const dump of dumps) {
      const remark = remarks[dump.status];
      if (remark !== undefined) report.note(titleOf(dump), remark);
      try {
        await work(dump);
      } catch (error) {
        tellFailure(titleOf(dump), error, report);
      }
    }
  }
}
