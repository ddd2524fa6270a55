import { rm } from 'node:fs/promises';
import { startDetached } from './foreground.ts';
import { interruption } from './interrupt.ts';

/**
 * Removes a directory and all that is in it. Where this process has been told to end, and is given little time for that, rm(1)
 * goes on with it alone.
 */
export async function removeTree(directory: string): Promise<void> {
  if (interruption.aborted)
    return startDetached({ command: 'rm', args: ['-rf', '--', directory], stdio: 'ignore' });
  await rm(directory, { recursive: true, force: true });
}
