import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, failure, reason } from 'command-line';

/** The size of a file in bytes, and the SHA-256 of its content in hexadecimal. */
export interface Digest {
  readonly size: number;
  readonly sha256: string;
}

/**
 * Makes a file whole or not at all: `fill` writes into a new temporary file beside the target, which is
 * fsynced and renamed over the target, and the directory fsynced (rename(2), fsync(2)). When anything
 * fails, the temporary file is removed and the target is as it was.
 */
export async function storeFile(
  path: string,
  fill: (handle: FileHandle) => Promise<void>,
  mode = 0o600,
): Promise<void> {
  await refuseSpecial(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const handle = await open(temporary, flags, mode).catch((error: unknown) => {
    throw failure(path, reason(error));
  });
  try {
    await flushing(handle, () => fill(handle));
    await handle.sync();
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw errorCode(error) === undefined ? error : failure(path, reason(error));
  } finally {
    await handle.close();
  }
}

/** Milliseconds between one flush and the next. */
const flushInterval = 250;

/**
 * Has the disk write while a file is filled, so that little is left to wait for at the end. What a flush finds wrong is an error of
 * the file: the kernel tells it once (fsync(2)).
 */
async function flushing(handle: FileHandle, fill: () => Promise<void>): Promise<void> {
  let fault: { readonly error: unknown } | undefined;
  let flush: Promise<void> | undefined;
  const ticker = setInterval(() => {
    flush ??= handle
      .datasync()
      .catch((error: unknown) => {
        fault ??= { error };
      })
      .finally(() => {
        flush = undefined;
      });
  }, flushInterval);
  try {
    await fill();
  } finally {
    clearInterval(ticker);
    await flush;
  }
  if (fault !== undefined) throw fault.error;
}

/** The size and SHA-256 of a file, read to its end. A symbolic link is an error. */
export async function digest(path: string | Buffer): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Makes what was created, renamed or removed in a directory survive a crash. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename would put a regular file where a device or a fifo is. */
async function refuseSpecial(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isFile()) throw failure(path, 'exists and is not a regular file');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw errorCode(error) ? failure(path, reason(error)) : error;
  }
}
