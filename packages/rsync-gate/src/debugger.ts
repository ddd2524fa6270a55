/** How often to look, in milliseconds. */
const often = 100;

/**
 * Ends this process where a debugger could get into it. sshd lets a client send signals to its login shell (not to a forced
 * command), and until node has come to our own code, SIGUSR1 makes it open a port for a debugger, to all on this machine.
 */
export function watchDebugger(): void {
  const inspector = process.getBuiltinModule('node:inspector');
  const look = (): void => {
    if (inspector.url() !== undefined) process.kill(process.pid, 'SIGKILL');
  };
  look();
  setInterval(look, often).unref();
}
