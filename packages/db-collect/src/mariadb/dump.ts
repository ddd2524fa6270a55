import { captureOutput, failure, findProgram, type Report } from 'command-line';
import { fromText } from 'path-stream';
import * as z from 'zod/mini';
import { runDumpProgram, withHint } from '../dump-program.ts';
import type { Found, Item, Limits } from '../item.ts';
import { besideStem, stemOf } from '../names.ts';
import type { Doubt, Source } from '../source.ts';
import { MariadbServer, textOf } from './server.ts';

/** A server of MariaDB, or of MySQL, or one of its databases. */
export function mariadbItem(text: string): Item {
  const server = new MariadbServer(text);
  return {
    text: server.url.text,
    engine: server.engine,
    covers: server.url.path === undefined ? server.addresses : [],
    find: (limits, report) => findDatabases(server, limits, report),
  };
}

const catalog = z.object({
  databases: z.array(z.string()),
  /** Databases with events in them. */
  eventful: z.array(z.string()),
  /** Tables that a transaction does not hold still. */
  unsteady: z.array(z.object({ database: z.string(), table: z.string(), engine: z.string() })),
  /** What this client may do, everywhere or (as a pattern of LIKE) in some databases. */
  rights: z.array(z.object({ database: z.nullable(z.string()), right: z.string() })),
  /** Tables that keep what they had before (system versioning). */
  versioned: z.array(z.object({ database: z.string(), table: z.string() })),
  /** Columns whose numbers are written with six digits. */
  floats: z.array(z.object({ database: z.string(), column: z.string() })),
  /** Views of something that is not there. */
  broken: z.array(z.object({ database: z.string(), view: z.string() })),
});

type Catalog = z.infer<typeof catalog>;

/** Who may read them sees the rights of all: these are the client's own. A view that does not open has no columns. */
const catalogQuery = `SET SESSION group_concat_max_len = 1 << 30;
SET @host = SUBSTRING_INDEX(CURRENT_USER(), '@', -1);
SET @me = CONCAT("'", LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(@host) - 1), "'@'", @host, "'");
SELECT JSON_OBJECT(
  'databases', COALESCE((SELECT JSON_ARRAYAGG(SCHEMA_NAME) FROM information_schema.SCHEMATA), JSON_ARRAY()),
  'eventful', COALESCE((SELECT JSON_ARRAYAGG(DISTINCT EVENT_SCHEMA) FROM information_schema.EVENTS), JSON_ARRAY()),
  'unsteady', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('database', TABLE_SCHEMA, 'table', TABLE_NAME, 'engine', t.ENGINE))
    FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON t.ENGINE = e.ENGINE
    WHERE TABLE_TYPE NOT IN ('VIEW', 'SYSTEM VIEW') AND COALESCE(e.TRANSACTIONS, 'NO') <> 'YES'
      AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')), JSON_ARRAY()),
  'rights', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('database', d, 'right', p)) FROM (
    SELECT NULL d, PRIVILEGE_TYPE p FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = @me
    UNION ALL SELECT TABLE_SCHEMA, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = @me) r),
    JSON_ARRAY()),
  'versioned', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('database', TABLE_SCHEMA, 'table', TABLE_NAME))
    FROM information_schema.TABLES WHERE TABLE_TYPE = 'SYSTEM VERSIONED'), JSON_ARRAY()),
  'floats', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('database', TABLE_SCHEMA, 'column', CONCAT(TABLE_NAME, '.', COLUMN_NAME)))
    FROM information_schema.COLUMNS WHERE DATA_TYPE = 'float'
      AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')), JSON_ARRAY()),
  'broken', COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('database', v.TABLE_SCHEMA, 'view', v.TABLE_NAME))
    FROM information_schema.VIEWS v LEFT JOIN (SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS) c
      ON c.TABLE_SCHEMA = v.TABLE_SCHEMA AND c.TABLE_NAME = v.TABLE_NAME
    WHERE c.TABLE_NAME IS NULL AND v.TABLE_SCHEMA <> 'sys'), JSON_ARRAY()));
`;

/** What the server makes itself; its users, and what else of `mysql` is not, are dumped beside. */
const ownDatabases = ['information_schema', 'performance_schema', 'mysql', 'sys'];

/** All databases but the server's own, and what is beside them: users and their rights. Of a URL with a name, only that database. */
async function findDatabases(server: MariadbServer, limits: Limits, report: Report): Promise<Found> {
  const { url } = server;
  findProgram(server.stage('dump', []).command);
  const found = catalog.parse(await server.ask(catalogQuery, limits.timeout));
  const wanted = url.path === undefined ? undefined : textOf(url.path);
  if (wanted !== undefined && !found.databases.includes(wanted))
    throw failure(wanted, 'there is no such database, or this client may not see it');
  const all =
    wanted === undefined ? found.databases.filter((name) => !ownDatabases.includes(name)).sort() : [wanted];
  const excluded = wanted === undefined ? all.filter((name) => limits.isExcluded(name, server.engine)) : [];
  const names = all.filter((name) => !excluded.includes(name));
  for (const name of names) tellWeak(url.text, name, found, report);
  const altered = await alteredByOptions(server);
  const databases = names.map((name) => databaseDump(server, name, found, altered));
  return {
    sources: wanted === undefined ? [...databases, globalsDump(server, found)] : databases,
    missing: [],
    excluded,
  };
}

/** What mariadb-dump cannot do better, and is to be known. */
function tellWeak(item: string, name: string, { unsteady, floats }: Catalog, report: Report): void {
  const tell = (why: string, all: readonly string[]): void => {
    const more = all.length > 5 ? ` and ${all.length - 5} more` : '';
    if (all.length > 0) report.note(`${item} ${name}`, `${why}: ${all.slice(0, 5).join(', ')}${more}`);
  };
  const own = <T extends { database: string }>(all: readonly T[]): T[] =>
    all.filter(({ database }) => database === name);
  tell(
    'not held still while they are dumped, for they have no transactions',
    own(unsteady).map(({ table, engine }) => `${table} (${engine})`),
  );
  tell(
    'of FLOAT, and dumped with six digits',
    own(floats).map(({ column }) => column),
  );
}

/** What such an option can be, where no argument of ours takes it back. */
const thinning =
  /--(?:loose[-_])?(?:no[-_](?:data|create)|ignore[-_](?:table|database)|where|tab|xml|compact|compatible|result[-_]file)\b[^\s=]*/g;

/** Options of files (my.cnf) that keep something out of a dump, which then ends as well as any. */
async function alteredByOptions(server: MariadbServer): Promise<Doubt[]> {
  const said = await captureOutput(server.printDefaults());
  return (said.toString().match(thinning) ?? []).map((option) => [
    `an option file has ${option} for mariadb-dump: not all may be in the dump`,
    'take it out of [mariadb-dump], [mysqldump] and [client]',
  ]);
}

/** In one transaction, with everything that is in a database; without the time, so that it is the same when nothing has changed. */
const common = [
  ...['--single-transaction', '--quick', '--skip-dump-date', '--hex-blob', '--default-character-set=utf8mb4'],
  ...['--routines', '--triggers'],
];

/** One database. Views that do not open would end mariadb-dump: they are left out, and named. */
function databaseDump(
  server: MariadbServer,
  name: string,
  found: Catalog,
  altered: readonly Doubt[],
): Source {
  const views = found.broken.filter(({ database }) => database === name);
  const ignored = views.map(({ view }) => `--ignore-table=${name}.${view}`);
  const events = hasNoEvents(name) ? '--skip-events' : '--events';
  const file = `${stemOf(server.name, fromText(name))}.sql`;
  const history = found.versioned.some(({ database }) => database === name) ? ['--dump-history'] : [];
  const args = [events, ...history, ...ignored, '--databases', '--', name];
  const broken = views.map(
    ({ view }): Doubt => [
      `its view ${view} is not dumped: it does not open`,
      'SHOW CREATE VIEW tells what it needs; drop it, or bring that back',
    ],
  );
  return sourceOf(server, { name, kind: 'database', file }, args, [
    ...unseen(name, found),
    ...broken,
    ...altered,
  ]);
}

/** mariadb-dump cannot dump the events of a database with such characters in its name (1049, "Unknown database"). */
function hasNoEvents(name: string): boolean {
  return /['"\\\n]/.test(name);
}

/** What a client may not see, mariadb-dump leaves out without a word, and exits with 0: so its rights are looked at. */
function unseen(name: string, { rights, eventful }: Catalog): Doubt[] {
  const has = (wanted: string): boolean =>
    rights.some(({ database, right }) => right === wanted && (database === null || isLike(name, database)));
  const lacking = neededRights.filter((right) => !has(right));
  const doubts: Doubt[] = [];
  if (lacking.length > 0)
    doubts.push([`this client lacks ${lacking.join(', ')}: what it may not see is not in the dump`, asRoot]);
  if (hasNoEvents(name) && eventful.includes(name))
    doubts.push([
      'its events are not dumped: mariadb-dump cannot, where a name has quotes, backslashes or newlines',
    ]);
  return doubts;
}

const asRoot = 'dump as root, by the socket';

const neededRights = ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT', 'EXECUTE'];

/** Whether a pattern of a grant, with its `%` and `_`, is of a name. */
function isLike(name: string, pattern: string): boolean {
  const source = pattern.replace(
    /\\(.)|([%_])|(.)/gsu,
    (_, escaped?: string, wild?: string, plain?: string) => {
      if (wild !== undefined) return wild === '%' ? '.*' : '.';
      return (escaped ?? plain ?? '').replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    },
  );
  return new RegExp(`^${source}$`, 'su').test(name);
}

/** What a server has beside its databases (mariadb-dump(1), --system): of MySQL, the tables of its own database. */
const beside = {
  // --replace would drop root, whose rights it has.
  mariadb: ['--insert-ignore', '--system=users,servers,udfs,plugins'],
  mysql: ['--databases', 'mysql'],
};

function globalsDump(server: MariadbServer, { rights }: Catalog): Source {
  const canSee = rights.some(
    ({ database, right }) => right === 'SELECT' && (database === null || database === 'mysql'),
  );
  const doubts: Doubt[] = canSee ? [] : [['this client may not read who has which rights', asRoot]];
  const file = `${besideStem(server.name, 'globals')}.sql`;
  return sourceOf(server, { name: 'globals', kind: 'globals', file }, beside[server.engine], doubts);
}

function sourceOf(
  server: MariadbServer,
  names: Pick<Source, 'name' | 'kind' | 'file'>,
  args: readonly string[],
  doubts: readonly Doubt[],
): Source {
  const { engine, url } = server;
  return {
    engine,
    item: url.text,
    ...names,
    dump: (pass) => {
      return withHint(/denied|insufficient privileges/, asRoot, async () => ({
        ...(await runDumpProgram(server.stage('dump', [...common, ...args]), pass)),
        doubts,
      }));
    },
  };
}
