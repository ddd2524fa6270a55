import { defaultIn, defaultSentence, withoutDefault } from './defaults.ts';
import { argument, prose, sentence, sentences } from './mdoc.ts';

/** What is used of a JSON Schema. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** A key of the configuration with the table it is in; of the top, the table is ''. */
export interface Key {
  readonly table: string;
  readonly name: string;
  readonly schema: Schema;
}

/** All keys, table by table, in the order of the schema; tables with any name are called NAME. */
export function keysOf(schema: Schema, table = ''): readonly Key[] {
  const entries = Object.entries(schema.properties ?? {});
  const own = entries.filter(([, value]) => !isTable(value));
  const below = entries.filter(([, value]) => isTable(value));
  const inside = (name: string): string => (table === '' ? name : `${table}.${name}`);
  return [
    ...own.map(([name, value]) => ({ table, name, schema: value })),
    ...below.flatMap(([name, value]) =>
      typeof value.additionalProperties === 'object'
        ? keysOf(value.additionalProperties, inside(`${name}.NAME`))
        : keysOf(value, inside(name)),
    ),
  ];
}

function isTable({ type }: Schema): boolean {
  return type === 'object';
}

/** The description of a table, by its name as in `Key`. */
export function tableDescription(schema: Schema, table: string): string | undefined {
  const [first = ''] = table.split('.');
  return schema.properties?.[first]?.description;
}

/** The keys as mdoc, a subsection for each table. */
export function keysSource(schema: Schema): string {
  const keys = keysOf(schema);
  const tables = [...new Set(keys.map(({ table }) => table))];
  return tables
    .map((table) => {
      const what = tableDescription(schema, table);
      const items = keys.filter((key) => key.table === table).map(keySource);
      const title = table === '' ? 'Before any table' : `[${table}]`;
      const start = what === undefined ? [] : [prose(sentence(what))];
      return [`.Ss ${title}`, ...start, '.Bl -tag -width Ds', ...items, '.El'].join('\n');
    })
    .join('\n');
}

function keySource({ name, schema }: Key): string {
  const { description = '' } = schema;
  const text = [
    description === '' ? '' : sentence(withoutDefault(description)),
    limits(schema),
    defaultSentence(fallback(schema) ?? defaultIn(description)),
  ];
  return `.It Ic ${argument(name)} = Ar ${argument(typeName(schema))}\n${sentences(text)}`;
}

function typeName({ type, items, prefixItems }: Schema): string {
  if (type === 'array') return `list of ${typeName(items ?? prefixItems?.[0] ?? {})}s`;
  return type === 'integer' ? 'number' : (type ?? 'value');
}

function limits({ enum: choices, minimum, maximum }: Schema): string {
  if (choices !== undefined) return `One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`;
  if (minimum === undefined) return '';
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `At least ${minimum}.`
    : `From ${minimum} to ${maximum}.`;
}

function fallback({ default: value }: Schema): string | undefined {
  return value === undefined || (Array.isArray(value) && value.length === 0)
    ? undefined
    : JSON.stringify(value);
}
