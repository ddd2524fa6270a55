import { BytesInspector, type Form, type Inspector } from './inspector.ts';
import { LdifInspector } from './ldap/text.ts';
import { MariadbInspector } from './mariadb/text.ts';
import { databaseForm, globalsForm, PostgresqlInspector } from './postgresql/text.ts';
import { RdbInspector } from './redis/rdb.ts';
import type { Source } from './source.ts';

/** How a database file starts (SQLite, Database File Format, 1.3). It has no mark at its end: its pages were counted, and checked. */
const sqliteForm: Form = { what: 'a database of SQLite', start: /^SQLite format 3\0/, end: /$/ };

/** What looks at the bytes of a dump, when it is made and when it is opened. */
export function inspectorFor({ engine, kind }: Pick<Source, 'engine' | 'kind'>): Inspector {
  switch (engine) {
    case 'postgresql':
      return new PostgresqlInspector(kind === 'globals' ? globalsForm : databaseForm);
    case 'mariadb':
      return new MariadbInspector({ countsRows: kind === 'database' });
    case 'mysql':
      return new MariadbInspector({ countsRows: false });
    case 'ldap':
      return new LdifInspector();
    case 'redis':
      return new RdbInspector();
    case 'sqlite':
      return new BytesInspector(sqliteForm);
    case 'directory':
      return new BytesInspector();
  }
}
