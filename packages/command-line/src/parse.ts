import { type BytePath, toText } from 'path-stream';
import { usageError } from './errors.ts';
import { type Command, commonOptions, type Option, type OptionTable, type Values } from './options.ts';
import { parsePlain } from './plain.ts';
import { parseWithYargs } from './yargs.ts';

/** What the command line asks for: one of the two texts, or a run. */
export type Parsed<T extends OptionTable> =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly options: Values<T & typeof commonOptions>;
      readonly operands: readonly BytePath[];
    };

/**
 * Parses the arguments against a command's table, strictly: an unknown option, a single option given
 * twice, a missing value or a number that is none is a usage error. Operands stay bytes; option values
 * are text.
 */
export async function parseArguments<T extends OptionTable>(
  command: Command<T>,
  args: readonly BytePath[],
): Promise<Parsed<T>> {
  const table: OptionTable = { ...command.options, ...commonOptions };
  const raw = parsePlain(table, args) ?? (await parseWithYargs(command, table, args));
  if (raw.help !== undefined) return { kind: 'help', text: raw.help };
  if ([raw.values.version].flat()[0] === true) return { kind: 'version' };
  const values = Object.entries(table).map(([name, option]) => [
    name,
    convert(name, option, raw.values[name]),
  ]);
  return {
    kind: 'run',
    options: Object.fromEntries(values) as Values<T & typeof commonOptions>,
    operands: raw.operands,
  };
}

function convert(name: string, option: Option, raw: unknown): unknown {
  const given = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw];
  if (option.type === 'list') return given.map((value) => text(name, value));
  if (given.length > 1) throw usageError(`--${name}`, 'given more than once', 'give it once');
  if (option.type === 'flag') return given[0] === true;
  if (given.length === 0) return option.default;
  const value = text(name, given[0]);
  if (option.type === 'count') {
    if (!/^\d{1,15}$/.test(value)) throw usageError(`--${name}`, `not a whole number: ${value}`);
    return Number(value);
  }
  if (option.choices !== undefined && !option.choices.includes(value))
    throw usageError(`--${name}`, `unknown value: ${value}`, `one of ${option.choices.join(', ')}`);
  return value;
}

function text(name: string, raw: unknown): string {
  const value = toText(String(raw));
  if (value === undefined) throw usageError(`--${name}`, 'the value is not valid UTF-8');
  return value;
}
