import type { Option } from 'command-line';
import type { AnyCommand } from '../commands.ts';
import { allOptions } from '../sections.ts';
import { wordsOf } from '../synopsis.ts';

/** What a shell can offer by itself. */
export type Kind = 'directory' | 'file' | 'group' | 'host' | 'program';

/** What may stand somewhere: something of a kind, one of some words, or what nobody can guess. */
export type Offer = Kind | readonly string[] | undefined;

export interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly describe: string;
  /** Given more than once. */
  readonly many: boolean;
  /** The name of its value, and what is offered for it; none where it takes no value. */
  readonly value: { readonly name: string; readonly offer: Offer } | undefined;
}

/** All that a shell must know of a command. */
export interface Subject {
  readonly name: string;
  readonly options: readonly CompletedOption[];
  /** The words that say what is to be done, such as `explain`. */
  readonly words: readonly string[];
  /** Operands where there are no words, or none has been given. */
  readonly operands: readonly Kind[];
  /** Operands behind one of the words. */
  readonly behindWord: readonly Kind[];
}

/** By the names that the tables give to values and operands; other names are nothing that can be guessed. */
const kinds: Readonly<Record<string, Kind>> = {
  ARCHIVE: 'file',
  COMMAND: 'program',
  DATE_DIR: 'directory',
  DEST: 'directory',
  DIR: 'directory',
  DIRECTORY: 'file', // db-collect takes single files by their URLs, and completes on the way to them
  FILE: 'file',
  GROUP: 'group',
  HOST: 'host',
  PATH: 'file',
  PROGRAM: 'program',
  ROOT: 'directory',
  STAGED: 'directory',
  TREE: 'directory',
};

export function subjectOf(command: AnyCommand): Subject {
  const [withWord, without] = [true, false].map((has) =>
    command.synopsis.filter((form) => wordsOf(form).length > 0 === has),
  );
  return {
    name: command.name,
    options: Object.entries(allOptions(command)).map(([name, option]) => completedOption(name, option)),
    words: command.synopsis.flatMap(wordsOf),
    operands: operandKinds(command, without ?? []),
    behindWord: operandKinds(command, withWord ?? []),
  };
}

function completedOption(name: string, option: Option): CompletedOption {
  return {
    long: name,
    short: option.alias,
    describe: option.describe,
    many: option.type === 'list',
    value: option.type === 'flag' ? undefined : { name: option.value, offer: offerOf(option) },
  };
}

function offerOf(option: Exclude<Option, { type: 'flag' }>): Offer {
  if (option.type === 'text' && option.choices !== undefined) return option.choices;
  const [kind] = option.value.split(/[|.]/).flatMap((name) => kinds[name] ?? []);
  return kind;
}

/** What the operands in these forms are, without the values of options. */
function operandKinds(command: AnyCommand, forms: readonly string[]): Kind[] {
  const found = forms.flatMap((form) => {
    const bare = form.replaceAll(
      /(--?)([A-Za-z0-9][\w-]*) ('[^']*'|[A-Z][\w|-]*)/g,
      (all, _, name: string) => (takesNoValue(command, name) ? all : ''),
    );
    return [...bare.matchAll(/[A-Z][A-Z_]*/g)].flatMap(([name]) => kinds[name] ?? []);
  });
  return [...new Set(found)].sort();
}

function takesNoValue(command: AnyCommand, name: string): boolean {
  const all = allOptions(command);
  const option = all[name] ?? Object.values(all).find(({ alias }) => alias === name);
  return option?.type === 'flag';
}
