import { readFileSync } from 'node:fs';
import { type BytePath, fromText } from 'path-stream';

/**
 * The arguments as bytes. Node decodes argv as UTF-8 and replaces what is not; the kernel still has the
 * original (proc(5), /proc/pid/cmdline). Where /proc is missing, the decoded form has to do.
 */
export function argumentBytes(): BytePath[] {
  const count = process.argv.length - 2;
  if (count === 0) return [];
  try {
    const all = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
    return all.slice(all.length - count);
  } catch {
    return process.argv.slice(2).map(fromText);
  }
}
