import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { failure, makePipe, runPipeline } from 'command-line';
import type { Digest } from './durable.ts';
import { type MoveCommand, moveStage } from './move-command.ts';

/** Takes a source to its end. */
export type Pass = (source: Readable) => Promise<void>;

/**
 * Gives a command one file on its stdin, under a name, and returns the digest of what it was given. `fill` passes the bytes on;
 * the command is told that there is no more when `fill` has ended well, and is ended when it has not: what is half must
 * not look whole. That it exits with 0 is not enough: it must have read all.
 */
export async function moveOver(
  command: MoveCommand,
  name: string,
  fill: (pass: Pass) => Promise<void>,
): Promise<Digest> {
  const pipe = await makePipe();
  const stdin = new Socket({ fd: pipe.write, readable: false });
  const closed = new Promise((resolve) => stdin.once('close', resolve));
  stdin.on('error', () => {}); // every write sees it
  const content = new Content(stdin);
  let filling: Promise<void> = Promise.resolve();
  let isFilling = true;
  let hasLeft = false;
  // This process can read the pipe too, to see what is left in it: so nothing breaks when the command does not read it any more.
  const onEnd = (): void => {
    hasLeft = isFilling;
    stdin.destroy(new Error('nobody reads it'));
  };
  const stage = { ...moveStage(command, name), onEnd };
  const work = async (stdout: Readable): Promise<void> => {
    stdout.resume(); // what it says there is for nobody
    try {
      filling = fill((source) => content.pass(source));
      await filling;
    } catch (error) {
      // What makes the bytes fails as well when they go nowhere. The cause is the command, and how it ended.
      if (!hasLeft) throw error;
    } finally {
      isFilling = false;
    }
    stdin.destroy(); // every byte is in the pipe: this closes it
  };
  try {
    await runPipeline([stage], { input: pipe.read, output: work });
    await closed;
    if (hasLeft || readSync(pipe.read, Buffer.alloc(1)) > 0)
      throw failure(stage.name ?? name, 'ended with exit code 0 before it had read all');
    return content.digest();
  } finally {
    stdin.destroy();
    await filling.catch(() => {}); // its programs end before this does
    closeSync(pipe.read);
  }
}

/** Counts and digests what it passes on. */
class Content {
  readonly #into: Writable;
  readonly #hash = createHash('sha256');
  #size = 0;

  constructor(into: Writable) {
    this.#into = into;
  }

  async pass(source: Readable): Promise<void> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      await new Promise<void>((resolve, reject) => {
        this.#into.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      this.#hash.update(chunk);
      this.#size += chunk.length;
    }
  }

  digest(): Digest {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}
