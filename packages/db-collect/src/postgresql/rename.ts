import type { Transform } from 'node:stream';
import { fromText } from 'path-stream';
import { rewriting } from '../rewriting.ts';
import { CopyTracker, quote } from './text.ts';

/** The statements that name the database itself, as pg_dump writes them. */
const statements = [
  ...['CREATE DATABASE ', 'ALTER DATABASE ', 'COMMENT ON DATABASE ', 'ALTER ROLE '],
  ...['GRANT ', 'REVOKE ', 'SECURITY LABEL '],
];

/** What stands before each object of a dump. */
const comments = ['-- Name: ', '-- Data for Name: '];

/**
 * Gives a dump's database another name, one of small letters, while it is loaded. That is in the head, where it is made and psql goes to it,
 * and in the rights, at the end. A text in the dump may look like any of that: so psql's commands are believed between the two lines with
 * the key alone, which nobody knows before the dump is made; where an old pg_dump has none, in the head.
 */
export function renaming(name: string, to: string): Transform {
  const named = `DATABASE ${quote(fromText(name))} `;
  let key: string | undefined;
  let isUnrestricted = true;
  let isHead = true;
  let isAboutDatabase = true;
  return rewriting(new CopyTracker(), ['\\', ...comments, ...statements], (line) => {
    if (line.startsWith('\\')) {
      key ??= /^\\restrict (\S+)$/.exec(line)?.[1];
      if (key === undefined) return isHead && line.startsWith('\\connect ') ? `\\connect ${to}` : undefined;
      if (line === `\\unrestrict ${key}`) isUnrestricted = true;
      else if (line === `\\restrict ${key}`) isUnrestricted = false;
      else if (isUnrestricted && line.startsWith('\\connect ')) return `\\connect ${to}`;
      return undefined;
    }
    if (comments.some((start) => line.startsWith(start))) {
      isAboutDatabase = /^-- Name: (?:DATABASE |.*; Type: DATABASE(?: PROPERTIES)?;)/.test(line);
      isHead &&= isAboutDatabase;
      return undefined;
    }
    return isAboutDatabase ? line.replace(named, () => `DATABASE ${quote(to)} `) : undefined;
  });
}
