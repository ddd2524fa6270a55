import type { BytePath } from 'path-stream';
import type { Argv, default as Yargs } from 'yargs';
import { usageError } from './errors.ts';
import { exitStatusText } from './exit.ts';
import type { Command, Option, OptionTable } from './options.ts';
import type { Raw } from './plain.ts';

/**
 * Parses with yargs: what is not plain (see plain.ts), what is wrong, and the help. Loaded only for those, for it
 * takes longer to load than many a command to run.
 */
export async function parseWithYargs<T extends OptionTable>(
  command: Command<T>,
  table: OptionTable,
  args: readonly BytePath[],
): Promise<Raw> {
  const { default: yargs } = await import('yargs');
  const parser = configure(yargs, command, table);
  const values = await parser.parseAsync(spellOutNull(args));
  if (values.help === true) return { values, operands: [], help: await helpText(parser) };
  const operands = [...values._, ...(Array.isArray(values['--']) ? values['--'] : [])].map(String);
  return { values, operands };
}

/** yargs takes `-0` for a negative number. */
function spellOutNull(args: readonly BytePath[]): BytePath[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => (arg === '-0' && (end === -1 || i < end) ? '--null' : arg));
}

function configure<T extends OptionTable>(
  yargs: typeof Yargs,
  command: Command<T>,
  table: OptionTable,
): Argv {
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
