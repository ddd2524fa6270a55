/** Of the databases of a test's slapd. */
export const suffixes = ['dc=example,dc=org', 'o=Großes \\"Büro\\"\\, Co'] as const;

export function base64(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

/** Who may do all: root and slapd's own user, at the socket. */
const access = 'gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth';

/** The cn=config, for slapadd -n 0. */
export function slapdConfig(dataDirectories: readonly [string, string]): string {
  const everything = `{0}to * by dn.exact=${access} manage by dn.regex="gidNumber=.*,cn=peercred,cn=external,cn=auth" manage by * none`;
  const database = (number: number, suffix: string, directory: string): string => `
dn: olcDatabase={${number}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {${number}}mdb
olcSuffix:: ${base64(suffix)}
olcDbDirectory: ${directory}
olcDbMaxSize: 1073741824
olcDbNoSync: TRUE
olcAccess: ${everything}
`;
  return `dn: cn=config
objectClass: olcGlobal
cn: config

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: back_monitor

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

include: file:///etc/ldap/schema/cosine.ldif

include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcSizeLimit: unlimited

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcAccess: ${everything}
${database(1, suffixes[0], dataDirectories[0])}${database(2, suffixes[1], dataDirectories[1])}
dn: olcDatabase={3}monitor,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMonitorConfig
olcDatabase: {3}monitor
olcAccess: ${everything}
`;
}

/** Entries for both databases that are hard to copy. */
export function slapdEntries(): string {
  const [first, second] = suffixes;
  return [
    entry(first, ['objectClass', 'dcObject'], ['objectClass', 'organization'], ['o', 'Example']),
    entry(`ou=people,${first}`, ['objectClass', 'organizationalUnit']),
    entry(`ou=Größe und Gewicht,${first}`, ['objectClass', 'organizationalUnit']),
    person(`cn=long,${first}`, ['description', 'a long line '.repeat(1000)]),
    person(
      `cn=blanks,${first}`,
      ['description', ' before'],
      ['description', 'after '],
      ['description', '   '],
    ),
    person(
      `cn=lines,${first}`,
      ['description', 'one\ntwo\n\n'],
      ['description', '\r\n'],
      ['description', ':<'],
    ),
    person(
      `cn=binary,${first}`,
      ['jpegPhoto', allBytes],
      ['userPassword', allBytes],
      ['audio', Buffer.alloc(1)],
    ),
    person(`cn=\\ quoted\\, \\"and\\" \\+ more\\ ,ou=people,${first}`),
    person(`cn=# a comment?,ou=people,${first}`.replace('=#', '=\\#')),
    entry(second, ['objectClass', 'organization']),
    person(`cn=日本語 \u{1f600},${second}`, ['description', '日本語'.repeat(100)]),
  ].join('\n');
}

type Attribute = readonly [name: string, value: string | Uint8Array];

const allBytes = Buffer.from(Array.from({ length: 4096 }, (_, at) => at & 0xff));

function person(dn: string, ...attributes: readonly Attribute[]): string {
  return entry(dn, ['objectClass', 'inetOrgPerson'], ['sn', 'Ünlü'], ...attributes);
}

/** In base64 throughout: ldapadd takes the attribute of the name from the name. */
function entry(dn: string, ...attributes: readonly Attribute[]): string {
  return [['dn', dn] as const, ...attributes].map(([name, value]) => `${name}:: ${base64(value)}\n`).join('');
}
