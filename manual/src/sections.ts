import { commonOptions, exitMeanings, type Option, type OptionTable } from 'command-line';
import type { AnyCommand } from './commands.ts';
import { defaultIn, defaultSentence, withoutDefault } from './defaults.ts';
import { argument, displayed, prose, sentence, sentences } from './mdoc.ts';
import { argumentNames } from './synopsis.ts';

/** All options of a command, those that every command has last. */
export function allOptions({ options }: AnyCommand): OptionTable {
  return { ...options, ...commonOptions };
}

/** OPTIONS. */
export function optionsSource(command: AnyCommand): string {
  const names = argumentNames(command);
  const items = Object.entries(allOptions(command)).map(
    ([name, option]) => `${heading(name, option)}\n${sentences(description(option), names)}`,
  );
  return ['.Bl -tag -width Ds', ...items, '.El'].join('\n');
}

function heading(name: string, option: Option): string {
  const short = option.alias === undefined ? '' : `Fl ${argument(option.alias)} , `;
  const value = 'value' in option ? ` ${valueSource(option.value)}` : '';
  return `.It ${short}Fl ${argument(`-${name}`)}${value}`;
}

function valueSource(value: string): string {
  return value
    .split('|')
    .map((word) => `${/^[a-z]/.test(word) ? 'Cm' : 'Ar'} ${argument(word)}`)
    .join(' Ns | Ns ');
}

/** What an option does, what it may be, and what holds without it. */
function description(option: Option): string[] {
  const parts = [sentence(withoutDefault(option.describe))];
  if (option.type === 'text') parts.push(choicesSentence(option.choices ?? [], option.describe));
  parts.push(defaultSentence('default' in option ? option.default : defaultIn(option.describe)));
  if (option.type === 'list' && !option.describe.includes('repeated')) parts.push('It may be repeated.');
  return parts;
}

/** Where the text does not name them itself. */
function choicesSentence(choices: readonly string[], text: string): string {
  if (choices.every((choice) => text.includes(choice))) return '';
  return `One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`;
}

/** EXIT STATUS. */
export function exitStatusSource(): string {
  const items = exitMeanings.map(({ codes, text }) => `.It ${codes.join(', ')}\n${prose(sentence(text))}`);
  return ['.Bl -tag -width Ds', ...items, '.El'].join('\n');
}

/** EXAMPLES, of the command's table. */
export function examplesSource(command: AnyCommand): string {
  return command.examples
    .map(([line, what]) => `${prose(withColon(sentence(what)), argumentNames(command))}\n${displayed(line)}`)
    .join('\n.Pp\n');
}

function withColon(text: string): string {
  return text.replace(/\.$/, ':');
}
