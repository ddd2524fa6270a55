import { startDetached } from './foreground.ts';
import { interruption } from './interrupt.ts';
import { captureOutput, type Stage } from './pipeline.ts';

/**
 * Removes a directory and all that is in it, by rm(1): somebody else may own what is in it, and change it meanwhile, and node would follow him
 * by paths, where rm goes by open directories. Where this process has been told to end, rm goes on alone.
 */
export async function removeTree(directory: string): Promise<void> {
  const rm: Stage = { command: 'rm', args: ['-rf', '--one-file-system', '--', directory] };
  if (interruption.aborted) return startDetached({ ...rm, stdio: 'ignore' });
  await captureOutput(rm);
}
