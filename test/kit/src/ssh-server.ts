import { type ChildProcess, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TestHost } from './backup.ts';
import { builtCommand, top } from './places.ts';
import { type Ended, inMountNamespace, node, run, start, until } from './run.ts';

/** A host with a real sshd on loopback, where the unprivileged user `rsync` gets rsync-gate and sudo lets it back up. */
export interface SshServer {
  /** The user's name and the host's, for ssh and rsync. */
  readonly name: string;
  /** What makes ssh find it: for `ssh -F`. */
  readonly sshConfig: string;
  readonly gateLog: string;
  readonly gateState: string;
  readonly runLogs: string;
  readonly sshd: ChildProcess;
  /** The command lines of what runs there beside sshd: none, when all is over. */
  processes(): string[];
  /** The same by their numbers. */
  processIds(): ReadonlyMap<number, string>;
  ssh(word: string, options?: { input?: string | Uint8Array }): Promise<Ended>;
  /** Runs a program where the server is: in its mount namespace, as root. */
  inside(...argv: string[]): Promise<Ended>;
}

export interface SshServerOptions {
  /** What clients call it; `host` without it. */
  readonly name?: string;
  /** Lines of the table [gate]. */
  readonly gate?: string;
  /** As the user's login shell instead of as a forced command. */
  readonly loginShell?: boolean;
  /** With a login shell: a forced command too. */
  readonly forced?: boolean;
  /** The forced command; the gate's by default. */
  readonly command?: string;
  /** A program to put in the place of another one, in the server's name space: from what to what. */
  readonly replace?: Readonly<Record<string, string>>;
}

/*
 * In a mount namespace of its own, with copies of /etc and /usr/sbin to change: the machine's users, sudoers and programs
 * stay as they are. Everything is gone with sshd.
 */
const setup = `
dir=$1; port=$2; shell=$3; shift 3
cp -a /etc "$dir/etc"; cp -a /usr/sbin "$dir/sbin"
mount --bind "$dir/etc" /etc; mount --bind "$dir/sbin" /usr/sbin
mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/sshd
touch "$dir/bin/node"; mount --bind "$NODE" "$dir/bin/node"
userdel rsync 2>/dev/null || true; groupdel rsync 2>/dev/null || true
groupadd -r rsync; useradd -r -g rsync -d "$dir/home" -s "$shell" rsync; usermod -p '*' rsync
rm -f /etc/hosts.deny /etc/sudoers.d/*; install -m 0440 "$TOP/scripts/etc/sudoers.d/hcoop-backup" /etc/sudoers.d/hcoop-backup
ln -sf "$TOP/scripts/dist/hcoop-backup-wrapper" /usr/sbin/; ln -sf "$dir/bin/node" /usr/sbin/
mkdir -p /etc/hcoop-backup; cp "$dir/config.toml" /etc/hcoop-backup/; chmod 644 /etc/hcoop-backup/config.toml
install -d -o rsync -g rsync -m 0750 "$dir/gate"
while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done
exec /usr/sbin/sshd -D -e -f "$dir/sshd_config"
`;

/** Makes a host reachable by ssh, until the test ends. The configuration is the host's, with what the gate needs. */
export async function startSshServer(host: TestHost, options: SshServerOptions = {}): Promise<SshServer> {
  const { directory } = host;
  const at = (name: string): string => join(directory, name);
  chmodSync(directory, 0o755);
  mkdirSync(at('bin'));
  mkdirSync(at('home'));
  copyFileSync(builtCommand('rsync-gate'), at('bin/rsync-gate'));
  chmodSync(at('bin/rsync-gate'), 0o755);
  const config = readFileSync(host.config, 'utf8').replace(
    'group = "root"',
    `group = "rsync"\nlogs = "${at('logs')}"`,
  );
  const gate = `[gate]\nlog = "${at('gate/log')}"\nstate = "${at('gate')}"\n${options.gate ?? ''}\n`; // further tables may follow
  writeFileSync(host.config, config + gate);

  const port = await freePort();
  const forced = options.command ?? `rsync-gate --root ${host.staging}`;
  writeKeys(at, options.loginShell && !options.forced ? '' : `command="${forced}",`);
  writeFileSync(at('sshd_config'), sshdConfig(at, port));
  const name = options.name ?? 'host';
  writeFileSync(at('ssh_config'), clientConfig(at, port, name));

  const shell = options.loginShell ? at('bin/rsync-gate') : '/bin/sh';
  const replaced = Object.entries(options.replace ?? {}).map(([place, by]) => [by, place]);
  const argv = inMountNamespace(setup, directory, String(port), shell, ...replaced.flat());
  const { child, ended } = start(argv, { env: { NODE: node, TOP: top } });
  onTestFinished(() => stop(child, directory));
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await Promise.race([
    until(() => said.includes('Server listening')),
    ended.then(() => Promise.reject(new Error(`sshd did not start: ${said}`))),
  ]);
  const ssh = ['ssh', '-F', at('ssh_config'), name];
  return {
    ...{
      name,
      sshConfig: at('ssh_config'),
      gateLog: at('gate/log'),
      gateState: at('gate'),
      runLogs: at('logs'),
      sshd: child,
    },
    processIds: () => processesOn(child, directory),
    processes: () => [...processesOn(child, directory).values()],
    ssh: (word, { input } = {}) =>
      run([...ssh, ...(word === '' ? [] : [word])], input === undefined ? {} : { input }),
    inside: (...program) => run(['nsenter', '-t', String(child.pid), '-m', '--', ...program]),
  };
}

function writeKeys(at: (name: string) => string, prefix: string): void {
  for (const name of ['hostkey', 'id'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at(name)]);
  writeFileSync(at('authorized_keys'), `${prefix}restrict ${readFileSync(at('id.pub'), 'utf8')}`);
  writeFileSync(at('known_hosts'), `* ${readFileSync(at('hostkey.pub'), 'utf8')}`);
}

function sshdConfig(at: (name: string) => string, port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('hostkey')}
PidFile none
UsePAM no
StrictModes no
MaxStartups 200
MaxSessions 200
AuthorizedKeysFile ${at('authorized_keys')}
PasswordAuthentication no
AcceptEnv LANG LC_*
SetEnv PATH=${at('bin')}:/usr/bin:/bin
Include ${top}/scripts/etc/sshd_config.d/hcoop-backup.conf
`;
}

function clientConfig(at: (name: string) => string, port: number, name: string): string {
  return `Host ${name}
  HostName 127.0.0.1
  Port ${port}
  User rsync
  IdentityFile ${at('id')}
  IdentitiesOnly yes
  UserKnownHostsFile ${at('known_hosts')}
  LogLevel ERROR
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * What runs on the server beside sshd itself: sessions, gates, backups, by their command lines. Those in a sandbox have a
 * mount namespace of their own, but the host's directory in their arguments.
 */
function processesOn(sshd: ChildProcess, directory: string): Map<number, string> {
  const namespace = namespaceOf(String(sshd.pid));
  const found = new Map<number, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === sshd.pid) continue;
    const command = commandOf(pid);
    const isThere =
      namespaceOf(pid) === namespace || (command.includes(directory) && /^\S*(bwrap|rsync) /.test(command));
    if (isThere && command !== '') found.set(Number(pid), command);
  }
  return found;
}

/** Undefined for a process that is gone. */
function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trimEnd();
  } catch {
    return '';
  }
}

/** Ends what is left on the server, then sshd. */
async function stop(sshd: ChildProcess, directory: string): Promise<void> {
  const others = processesOn(sshd, directory);
  sshd.kill('SIGTERM');
  for (const pid of others.keys())
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // gone in the meantime
  await until(() => sshd.exitCode !== null || sshd.signalCode !== null);
}
