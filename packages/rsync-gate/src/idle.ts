import { readFileSync } from 'node:fs';

/** How often to look, in milliseconds. */
const often = 1000;

/**
 * Aborts when a program and its children have read nothing for so many seconds, neither from the client nor of what they
 * serve. rsync's own --timeout does not end a client that is silent: the server sends it something now and then, and counts
 * that. `end` stops the watch.
 */
export function watchIdle(seconds: number): {
  readonly signal: AbortSignal;
  start(pid: number): void;
  end(): void;
} {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = (pid: number): void => {
    let before = bytesRead(pid);
    let since = performance.now();
    timer = setInterval(() => {
      const now = bytesRead(pid);
      if (now !== before || now === undefined) {
        before = now;
        since = performance.now();
      } else if (performance.now() - since >= seconds * 1000) controller.abort();
    }, often);
  };
  return { signal: controller.signal, start, end: () => clearInterval(timer) };
}

/** What a process and its children have read so far (proc(5), /proc/pid/io); undefined where the kernel does not tell. */
function bytesRead(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    const pids = [pid, ...children.split(' ').filter((child) => child !== '')];
    const read = pids.map((one) =>
      Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${one}/io`, 'latin1'))?.[1]),
    );
    return read.reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    return undefined;
  }
}
