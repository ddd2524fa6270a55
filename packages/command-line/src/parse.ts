import { type BytePath, toText } from 'path-stream';
import yargs, { type Argv } from 'yargs';
import { usageError } from './errors.ts';
import { exitStatusText } from './exit.ts';
import { type Command, commonOptions, type Option, type OptionTable, type Values } from './options.ts';

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
  const parser = configure(command, table);
  const raw = await parser.parseAsync(spellOutNull(args));
  if (raw.help === true) return { kind: 'help', text: await helpText(parser) };
  if (raw.version === true) return { kind: 'version' };
  const values = Object.entries(table).map(([name, option]) => [name, convert(name, option, raw[name])]);
  const operands = [...raw._, ...(Array.isArray(raw['--']) ? raw['--'] : [])].map(String);
  return { kind: 'run', options: Object.fromEntries(values) as Values<T & typeof commonOptions>, operands };
}

/** yargs takes `-0` for a negative number. */
function spellOutNull(args: readonly BytePath[]): BytePath[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => (arg === '-0' && (end === -1 || i < end) ? '--null' : arg));
}

function configure<T extends OptionTable>(command: Command<T>, table: OptionTable): Argv {
  const usage = command.synopsis.map((form) => `usage: ${command.name} ${form}`).join('\n');
  const examples = command.examples.map(([line, what]) => `${what}:\n  ${line}`).join('\n');
  const parser = yargs([])
    .scriptName(command.name)
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(80)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    })
    .strictOptions()
    .usage(`${command.name}: ${command.summary}\n\n${usage}`)
    .epilogue(`${examples}\n\n${exitStatusText}`)
    .fail((message, error) => {
      throw usageError('usage', lowerFirst(message ?? error.message), `see ${command.name} --help`);
    });
  for (const [name, option] of Object.entries(table)) {
    const alias = option.alias === undefined ? {} : { alias: option.alias };
    parser.option(name, { ...alias, describe: describe(option), ...shape(option) });
  }
  return parser;
}

function shape(option: Option) {
  return option.type === 'flag'
    ? ({ type: 'boolean' } as const)
    : ({ type: 'string', requiresArg: true } as const);
}

function describe(option: Option): string {
  if (option.type === 'flag') return option.describe;
  const fallback = 'default' in option ? ` [default: ${option.default}]` : '';
  return `${option.value}: ${option.describe}${fallback}`;
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

async function helpText(parser: Argv): Promise<string> {
  const help = await parser.getHelp();
  return `${help.replaceAll(/\s*\[(boolean|string)\]/g, '')}\n`;
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
