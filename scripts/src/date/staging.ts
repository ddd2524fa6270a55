import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, renameSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, failure, type Report, reason } from 'command-line';
import { syncDirectory } from 'sealed-file';
import { isDate, type Manifest, readManifest } from './manifest.ts';

const replacedPrefix = 'replaced-';

/**
 * The tree that the other side pulls from: complete dates, and `.work`, where a date is built and where one goes on
 * its way out. To be used under the run's lock.
 */
export class Staging {
  readonly directory: string;
  readonly #work: string;
  /** Whether this run made the tree: then its owner and mode are ours to set. */
  #made = false;

  constructor(directory: string) {
    this.directory = directory;
    this.#work = join(directory, '.work');
  }

  /** Makes the tree where it is missing, and mends and clears what a killed run left in `.work`. */
  async prepare(): Promise<void> {
    this.#made = await createDirectory(this.directory, 0o750);
    await createDirectory(this.#work, 0o700);
    for (const name of await readdir(this.#work)) {
      const date = name.startsWith(replacedPrefix) ? name.slice(replacedPrefix.length) : '';
      // Killed between the two renames of publish(): the date of before goes back to its place.
      if (isDate(date) && !exists(join(this.directory, date)))
        renameSync(join(this.#work, name), join(this.directory, date));
      else await rm(join(this.#work, name), { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** Runs `build` with a new, empty place for a date; what it leaves there when it fails is removed. */
  async build<T>(build: (place: string) => Promise<T>): Promise<T> {
    const place = join(this.#work, `building-${randomBytes(6).toString('hex')}`);
    await mkdir(place, { mode: 0o700 });
    try {
      return await build(place);
    } finally {
      await rm(place, { recursive: true, force: true }); // after a success it has its published name
    }
  }

  /** The published dates, oldest first. */
  dates(): string[] {
    if (!exists(this.directory)) return [];
    return readdirSync(this.directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isDate(entry.name))
      .map((entry) => entry.name)
      .sort();
  }

  /** Gives a built date its owner and modes, makes it durable, and renames it into place: the last act. */
  async publish(place: string, date: string, gid: number): Promise<void> {
    await settle(place, gid);
    if (this.#made) await chown(this.directory, process.getuid?.() ?? 0, gid);
    if (this.#made) await chmod(this.directory, 0o750);
    const target = join(this.directory, date);
    const replaced = join(this.#work, replacedPrefix + date);
    // A directory cannot be renamed over one with files in it: the two renames follow each other at once, and
    // prepare() undoes the first where the second did not happen.
    if (exists(target)) {
      readManifest(target); // throws for what is no date of ours: that is not for us to remove
      renameSync(target, replaced);
    }
    renameSync(place, target);
    await syncDirectory(this.directory);
    await rm(replaced, { recursive: true, force: true });
  }

  /**
   * Removes all but the newest `keep` dates, by sequence number: a clock that was set back does not make a new date
   * old. The newest date without a failed or incomplete component stays whatever its age, and so does what
   * has no readable manifest: it is named, for a person to look at.
   */
  async expire(keep: number, report: Report): Promise<string[]> {
    const known = this.#manifests(report).sort((a, b) => b.manifest.sequence - a.manifest.sequence);
    const whole = known.find(({ manifest }) => isWhole(manifest));
    const expired = known.slice(keep).filter((entry) => entry !== whole);
    for (const { date } of expired) {
      // Out of sight first, so that no half of it is ever pulled.
      const gone = join(this.#work, `expired-${randomBytes(6).toString('hex')}`);
      renameSync(join(this.directory, date), gone);
      await rm(gone, { recursive: true });
    }
    return expired.map(({ date }) => date);
  }

  /** Whether a date's place is taken by the only date without a fault: what is not whole must not replace it. */
  holdsOnlyWhole(date: string, report: Report): boolean {
    const whole = this.#manifests(report).filter(({ manifest }) => isWhole(manifest));
    return whole.length === 1 && whole[0]?.date === date;
  }

  /** The published date with the highest sequence number. */
  newest(report: Report): { date: string; manifest: Manifest } | undefined {
    return this.#manifests(report).reduce<{ date: string; manifest: Manifest } | undefined>(
      (best, entry) => (best && best.manifest.sequence > entry.manifest.sequence ? best : entry),
      undefined,
    );
  }

  #manifests(report: Report): { date: string; manifest: Manifest }[] {
    return this.dates().flatMap((date) => {
      try {
        return [{ date, manifest: readManifest(join(this.directory, date)) }];
      } catch (error) {
        report.note(join(this.directory, date), `left alone: ${reason(error)}`);
        return [];
      }
    });
  }
}

/** Without a failed or incomplete component. */
function isWhole(manifest: Manifest): boolean {
  return Object.values(manifest.components).every(({ status }) => status === 'ok' || status === 'skipped');
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

async function createDirectory(path: string, mode: number): Promise<boolean> {
  try {
    return (await mkdir(path, { recursive: true, mode })) !== undefined;
  } catch (error) {
    throw failure(
      path,
      reason(error),
      errorCode(error) === 'EACCES' ? 'run as root, or set staging' : undefined,
    );
  }
}

/** Directories 0750, files 0640, owned by this user and the pulling group; every directory made durable. */
async function settle(path: string, gid: number): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await settle(join(path, name), gid);
    await chmod(path, 0o750);
    await chown(path, process.getuid?.() ?? 0, gid);
    await syncDirectory(path);
  } else {
    await chmod(path, 0o640);
    await chown(path, process.getuid?.() ?? 0, gid);
  }
}
