import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, type Ended, inMountNamespace, node, run, top } from 'test-kit';
import { declaredCommands } from './built.ts';
import { type Servers, startServers } from './servers.ts';

/**
 * Runs a script of bash in `place`, a machine made up for it (stage.sh), with servers to speak to. What it has for its stdout is the
 * examples' own.
 */
export async function runOnStage(
  place: string,
  servers: Servers,
  script: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const reachable = await startServers(servers);
  writeFileSync(join(place, 'ssh_config'), reachable.sshConfig);
  const binds = reachable.binds.map(([from, to]) => `bind '${from}' '${to}'`).join('\n');
  const env = {
    ...reachable.variables,
    ...variables,
    top,
    place,
    node,
    commands: declaredCommands.map(builtCommand).join(' '),
  };
  const staged = `. "$top/manual/test/stage.sh"\ncp "$place/ssh_config" /etc/ssh/ssh_config\n${binds}\n${script}`;
  return await run(reachable.within(inMountNamespace(`set -o pipefail; ${staged}`)), { env });
}
