import { argumentBytes, runCommand, usageError } from 'command-line';
import { escapePath } from 'path-stream';
import { watchDebugger } from './debugger.ts';
import { command } from './options.ts';
import { serve } from './serve.ts';
import { gateSettings } from './settings.ts';

// A client waits for the service: what only the other words need is loaded with them.
//
// As a login shell it is called `rsync-gate -c COMMAND`, and has no options; where there is a forced command, COMMAND is
// that, and sshd puts what the client asked for into the environment (sshd(8), login(1)).
const args = argumentBytes();
const isShell = args[0] === '-c' && args.length === 2;
const asked = process.env.SSH_ORIGINAL_COMMAND ?? (isShell ? args[1] : undefined) ?? '';

runCommand(
  command,
  async (call) => {
    if (isShell) watchDebugger();
    const [word, ...operands] = call.operands;
    if (word === undefined) return serve(asked, call);
    const settings = await gateSettings(call.options);
    switch (word) {
      case 'check':
        return (await import('./check.ts')).check({ ...call, operands }, settings);
      case 'publish':
        return (await import('./publish.ts')).publish({ ...call, operands }, settings);
      case 'status':
        return (await import('./status.ts')).showStatus(call, settings);
      default:
        throw usageError(escapePath(word), 'not a word of rsync-gate', 'check, publish or status');
    }
  },
  isShell ? [] : args,
);
