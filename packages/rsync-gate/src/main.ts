import { argumentBytes, runCommand, usageError } from 'command-line';
import { escapePath } from 'path-stream';
import { watchDebugger } from './debugger.ts';
import { command } from './options.ts';
import { serve } from './serve.ts';
import { gateSettings } from './settings.ts';

// A client waits for the service: what only the other words need is loaded with them.
//
// As a login shell it is called `rsync-gate -c COMMAND`, and has no options; as a forced command sshd puts what the
// client asked for into the environment (sshd(8), login(1)).
const args = argumentBytes();
const isShell = args[0] === '-c' && args.length === 2;
const asked = (isShell ? args[1] : process.env.SSH_ORIGINAL_COMMAND) ?? '';

runCommand(
  command,
  async (call) => {
    if (isShell) watchDebugger();
    const [word, ...operands] = call.operands;
    const settings = await gateSettings(call.options);
    switch (word) {
      case undefined:
        return serve(asked, settings, call);
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
