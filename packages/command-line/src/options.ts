/** What every option has: the text for `--help` (and man pages), and maybe a one-letter form. */
interface Described {
  readonly alias?: string;
  readonly describe: string;
}

/** A switch, off unless given. */
interface Flag extends Described {
  readonly type: 'flag';
}

/** One value; `value` is its name in the help, `default` what holds where it is not given. */
interface Text extends Described {
  readonly type: 'text';
  readonly value: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

/** A value that may be given many times, kept in order. */
interface List extends Described {
  readonly type: 'list';
  readonly value: string;
}

/** A whole number, 0 or more. */
interface Count extends Described {
  readonly type: 'count';
  readonly value: string;
  readonly default?: number;
}

export type Option = Flag | Text | List | Count;
export type OptionTable = Readonly<Record<string, Option>>;

type Value<O extends Option> = O extends Flag
  ? boolean
  : O extends List
    ? readonly string[]
    : O extends Count
      ? O extends { default: number }
        ? number
        : number | undefined
      : O extends { default: string }
        ? string
        : string | undefined;

/** The values of a table, typed by it. */
export type Values<T extends OptionTable> = { readonly [K in keyof T]: Value<T[K]> };

/** One command: all that its parser, its help, its man page and its completion are made from. */
export interface Command<T extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  /** What follows the name in the synopsis, a line a form. */
  readonly synopsis: readonly string[];
  readonly options: T;
  /** Pairs of a command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
}

/** Of every command that reads or writes paths. */
export const nullOption = {
  null: { type: 'flag', alias: '0', describe: 'paths end with NUL, not with a newline, on both sides' },
} as const satisfies OptionTable;

/** Of every command. */
export const commonOptions = {
  verbose: { type: 'flag', alias: 'v', describe: 'say more on stderr' },
  quiet: { type: 'flag', alias: 'q', describe: 'say only what is lost' },
  progress: { type: 'flag', describe: 'say how far it is where stderr is no terminal, too, a line a second' },
  'mark-losses': { type: 'flag', describe: 'mark errors on stderr, for a script that reports them' },
  help: { type: 'flag', alias: 'h', describe: 'show this help' },
  version: { type: 'flag', describe: 'show the version' },
} as const satisfies OptionTable;
