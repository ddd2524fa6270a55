import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, temporaryDirectory } from './places.ts';
import { type Ended, keyPair, type RunOptions, run } from './run.ts';

/** A small host to back up: a tree of its own, keys, and a configuration that knows nothing else. */
export interface TestHost {
  readonly directory: string;
  readonly tree: string;
  readonly staging: string;
  readonly state: string;
  readonly config: string;
  readonly identity: string;
  readonly recipients: string;
  readonly signer: string;
  /** Runs hcoop-backup with this host's configuration. */
  backup(...args: string[]): Promise<Ended>;
  /** Verifies the directory of a date against this host's signing key, without any key that opens it. */
  verify(directory: string, options?: RunOptions): Promise<Ended>;
  /** Restores the directory of a date, verified so, below another one. */
  restore(directory: string, to: string, options?: RunOptions): Promise<Ended>;
}

/** The command line of a backup of a test host. */
export function backupCommand(host: Pick<TestHost, 'config'>, ...args: string[]): string[] {
  return [builtCommand('hcoop-backup'), '--config', host.config, ...args];
}

/** Makes a host; `settings` is added to its configuration, `[system]` is off unless that says otherwise. */
export function makeHost(settings = '[system]\nenabled = false\n'): TestHost {
  const directory = temporaryDirectory();
  const [tree, staging, state] = ['tree', 'staging', 'state'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(join(tree, 'sub'), { recursive: true });
  writeFileSync(join(tree, 'one'), 'first\n');
  writeFileSync(join(tree, 'sub', 'two'), 'second\n');
  const { identity, recipients } = keyPair(directory);
  const config = join(directory, 'config.toml');
  const text = `staging = "${staging}"\nstate = "${state}"\ngroup = "root"\nhost = "example"
[seal]\nrecipient_files = ["${recipients}"]\n[files]\nroots = ["${tree}"]\nexclude = []\nexpected = []\n${settings}`;
  // Nobody's mail is sent by a test that does not ask for it.
  const quiet = text.includes('[notify]\n') ? '' : '\n[notify]\nenabled = false\n';
  writeFileSync(config, `${withoutSettling(text)}${quiet}`);
  const signer = join(state, 'signing-key.pub');
  const backup = (...args: string[]) => run(backupCommand({ config }, ...args));
  const verify = (date: string, options?: RunOptions) =>
    run([builtCommand('hcoop-verify'), '--signer', signer, date], options);
  const restore = (date: string, to: string, options?: RunOptions) =>
    run([builtCommand('hcoop-restore'), '-i', identity, '--signer', signer, '--to', to, date], options);
  const commands = { backup, verify, restore };
  return { directory, tree, staging, state, config, identity, recipients, signer, ...commands };
}

/** Files of a test are new, and only what has been quiet for a while stays in its archives: here all does. */
function withoutSettling(config: string): string {
  return config.includes('[archives]\n')
    ? config.replace('[archives]\n', '[archives]\nsettle = 0\n')
    : `${config}\n[archives]\nsettle = 0\n`;
}
