import { existsSync, readFileSync } from 'node:fs';
import { errorCode, reason, usageError } from 'command-line';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { type Settings, schema } from './schema.ts';

export const defaultConfigFile = '/etc/hcoop-backup/config.toml';

/** Reads and checks a configuration. Without one, the defaults hold; one that was named must be there. */
export function loadSettings(file: string | undefined): Settings {
  if (file === undefined && !existsSync(defaultConfigFile)) return schema.parse({});
  const name = file ?? defaultConfigFile;
  const text = readConfig(name);
  const result = schema.safeParse(parseToml(name, text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw usageError(name, 'not valid');
  const key = keyOf(issue);
  throw usageError(`${name}:${lineOf(text, key)}`, `${key.join('.')}: ${lowerFirst(issue.message)}`);
}

function readConfig(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw usageError(
      name,
      reason(error),
      errorCode(error) === 'ENOENT' ? 'name a file that is there' : undefined,
    );
  }
}

function parseToml(name: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = 'not TOML'] = error.message.split('\n');
    throw usageError(`${name}:${error.line}`, lowerFirst(what.replace(/^Invalid TOML document: /, '')));
  }
}

function keyOf(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
}

/** The line of a key: TOML keeps no positions, so it is looked for below its table's heading. */
function lineOf(text: string, key: readonly PropertyKey[]): number {
  const names = key.filter((part) => typeof part === 'string');
  const lines = text.split('\n');
  const table = names.slice(0, -1).join('.');
  const start = table === '' ? 0 : lines.findIndex((line) => line.trim() === `[${table}]`);
  const name = names.at(-1) ?? '';
  const at = lines.findIndex(
    (line, i) =>
      i >= start &&
      line
        .trim()
        .split(/\s*[=\]]/)[0]
        ?.replace('[', '') === name,
  );
  return at === -1 ? Math.max(start, 0) + 1 : at + 1;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The JSON Schema of the configuration, for editors: made from what checks it. */
export function configSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`;
}
