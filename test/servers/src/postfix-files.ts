import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a Postfix of a test is to be like. */
export interface PostfixSettings {
  readonly directory: string;
  readonly port: number;
  readonly tlsPort: number;
  /** It takes mail from nobody else, where there is one. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
}

const domain = 'example.org';
/** Who has a mailbox. */
const users = ['ann', 'ben', 'root'];

/** Writes the configuration, the certificates and the password of a Postfix, below its directory. */
export function writePostfixFiles({ directory, port, tlsPort, user }: PostfixSettings): void {
  const conf = join(directory, 'conf');
  for (const name of ['conf', 'conf/sasl', 'spool', 'data', 'mail', 'tls']) mkdirSync(join(directory, name));
  writeFileSync(join(conf, 'main.cf'), lines(mainSettings(directory, user !== undefined)));
  writeFileSync(join(conf, 'master.cf'), services(port, tlsPort));
  copyFileSync('/usr/share/postfix/dynamicmaps.cf', join(conf, 'dynamicmaps.cf'));
  makeCertificates(join(directory, 'tls'));
  if (user === undefined) return;
  const database = join(conf, 'sasldb2');
  const sasl = {
    pwcheck_method: 'auxprop',
    auxprop_plugin: 'sasldb',
    mech_list: 'PLAIN LOGIN',
    sasldb_path: database,
  };
  writeFileSync(
    join(conf, 'sasl/smtpd.conf'),
    Object.entries(sasl)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  execFileSync('saslpasswd2', ['-p', '-c', '-f', database, '-u', domain, user.name], {
    input: user.password,
  });
}

function mainSettings(directory: string, asksForPassword: boolean): Record<string, string> {
  return {
    compatibility_level: '3.6',
    queue_directory: join(directory, 'spool'),
    data_directory: join(directory, 'data'),
    maillog_file: join(directory, 'log'),
    maillog_file_prefixes: directory,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: `mx.${domain}`,
    myorigin: domain,
    mydestination: '',
    alias_maps: '',
    virtual_mailbox_domains: domain,
    virtual_mailbox_base: join(directory, 'mail'),
    virtual_mailbox_maps: `inline:{ ${users.map((user) => `{ ${user}@${domain} = ${user}/ }`).join(' ')} }`,
    virtual_uid_maps: 'static:65534',
    virtual_gid_maps: 'static:65534',
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: join(directory, 'tls/server.pem'),
    smtpd_tls_key_file: join(directory, 'tls/server.key'),
    smtpd_sasl_auth_enable: asksForPassword ? 'yes' : 'no',
    smtpd_sasl_local_domain: domain,
    cyrus_sasl_config_path: join(directory, 'conf/sasl'),
    smtpd_relay_restrictions: asksForPassword
      ? 'permit_sasl_authenticated, reject'
      : 'reject_unauth_destination',
  };
}

/** None is in a chroot: only the system's own spool directory is made for that. */
function services(port: number, tlsPort: number): string {
  return `${port} inet n - n - - smtpd
${tlsPort} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`;
}

function makeCertificates(directory: string): void {
  const file = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=test ca');
  openssl(
    ...[
      'req',
      '-x509',
      ...key,
      '-keyout',
      file('server.key'),
      '-out',
      file('server.pem'),
      '-subj',
      '/CN=localhost',
    ],
    ...[
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ],
    ...['-CA', file('ca.pem'), '-CAkey', file('ca.key')],
  );
}

function lines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}
