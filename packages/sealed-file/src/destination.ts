import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Stage, Wiring } from 'command-line';
import { storeFile, syncDirectory } from './durable.ts';
import { type FileState, fileState } from './file-state.ts';
import type { MoveCommand } from './move-command.ts';
import { moveOver } from './move-over.ts';
import { formatMoved, type MovedFile, movedName } from './moved.ts';
import { sealFile, sealTo } from './seal.ts';
import type { Sealing } from './sealing.ts';

/** Where sealed files go: into a directory, or over to a command. */
export interface Destination {
  /** Seals a file there, whole or not at all. */
  seal(name: string, sealing: Sealing, sources: readonly Stage[], input: Wiring['input']): Promise<void>;
  /** Stores a file there as it is, whole or not at all. */
  put(name: string, content: string): Promise<void>;
  /** A file that was sealed there; undefined where there is none. */
  find(name: string): FileState | undefined;
  /** What somebody who looks for the file is told. */
  address(name: string): string;
  /** All files are there. */
  conclude(): Promise<void>;
}

/** Over to a command, where there is one, else into the directory. */
export function destinationOf(
  move: { readonly command: MoveCommand; readonly prefix: string } | undefined,
  directory: string,
): Destination {
  return move ? new OverToCommand(move.command, move.prefix, directory) : new IntoDirectory(directory);
}

/** Files in a directory. */
class IntoDirectory implements Destination {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  seal(name: string, sealing: Sealing, sources: readonly Stage[], input: Wiring['input']): Promise<void> {
    return sealFile(this.address(name), sealing, sources, input);
  }

  put(name: string, content: string): Promise<void> {
    return storeFile(this.address(name), async (handle) => {
      await handle.writeFile(content);
    });
  }

  find(name: string): FileState | undefined {
    return fileState(this.#directory, name);
  }

  address(name: string): string {
    return join(this.#directory, name);
  }

  conclude(): Promise<void> {
    return syncDirectory(this.#directory);
  }
}

/**
 * Files that go over to a command, one call each. What is there cannot be taken back when a later one fails; but then the
 * list of them is not written, and nobody calls them whole.
 */
export class OverToCommand implements Destination {
  readonly #command: MoveCommand;
  readonly #prefix: string;
  readonly #directory: string | undefined;
  readonly #moved = new Map<string, MovedFile>();

  /** `directory` is where the list of files goes, which is the last to be written. */
  constructor(command: MoveCommand, prefix: string, directory?: string) {
    this.#command = command;
    this.#prefix = prefix;
    this.#directory = directory;
  }

  async seal(
    name: string,
    sealing: Sealing,
    sources: readonly Stage[],
    input: Wiring['input'],
  ): Promise<void> {
    const moved = await moveOver(this.#command, this.address(name), (pass) =>
      sealTo(pass, sealing, sources, input),
    );
    this.#moved.set(name, { name, ...moved });
  }

  async put(name: string, content: string): Promise<void> {
    const moved = await moveOver(this.#command, this.address(name), (pass) =>
      pass(Readable.from([Buffer.from(content)])),
    );
    this.#moved.set(name, { name, ...moved });
  }

  find(name: string): FileState | undefined {
    const moved = this.#moved.get(name);
    return moved && { name, size: moved.size, mtimeNs: '' };
  }

  address(name: string): string {
    return this.#prefix + name;
  }

  async conclude(): Promise<void> {
    if (this.#directory === undefined) return;
    const files = [...this.#moved.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    await storeFile(join(this.#directory, movedName), async (handle) => {
      await handle.writeFile(formatMoved(files));
    });
  }
}
