import { open } from 'node:fs/promises';
import { failure, reason, runPipeline, type Stage, type Wiring } from 'command-line';
import { storeFile } from './durable.ts';
import { type Opening, openingStages, type Sealing, sealingStages, startLength } from './sealing.ts';

/**
 * Runs `sources` (none: `input` writes the plaintext itself) into the sealing programs and stores what comes out
 * as `path`, whole or not at all: the file appears after every program has ended well.
 */
export function sealFile(
  path: string,
  sealing: Sealing,
  sources: readonly Stage[],
  input: Wiring['input'],
): Promise<void> {
  return storeFile(path, (handle) => sealTo(handle.fd, sealing, sources, input));
}

/** The same into an open file (a pipe for one), or to whoever reads it. What was written before a failure cannot be taken back. */
export async function sealTo(
  output: NonNullable<Wiring['output']>,
  sealing: Sealing,
  sources: readonly Stage[],
  input: Wiring['input'],
): Promise<void> {
  await runPipeline([...sources, ...sealingStages(sealing)], { ...(input && { input }), output });
}

/**
 * Opens a sealed file into `sinks` (or into `output`). The plaintext flows before the decryptor has judged the
 * last byte: a consumer must keep what it makes out of its final place until this returns.
 */
export async function openSealed(
  path: string,
  opening: Opening,
  sinks: readonly Stage[],
  output?: Wiring['output'],
): Promise<void> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw failure(path, reason(error));
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(startLength), 0, startLength, 0);
    const stages = openingStages(buffer.subarray(0, bytesRead), opening, path);
    await runPipeline([...stages, ...sinks], { input: handle.fd, ...(output && { output }) });
  } finally {
    await handle.close();
  }
}
