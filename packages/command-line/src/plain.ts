import type { BytePath } from 'path-stream';
import type { Option, OptionTable } from './options.ts';

/** What stands on a command line, before it is checked: a value by each option's name, and the operands. */
export interface Raw {
  readonly values: Readonly<Record<string, unknown>>;
  readonly operands: readonly BytePath[];
  /** The text of the help, where that is what was asked for. */
  readonly help?: string;
}

/**
 * Parses a command line that is plain: options spelled out (or by their letter) each as a word of its own, each value
 * in the word after. Scripts write them so, and yargs would agree to the letter. Undefined for anything else, a mistake
 * among them: that is for yargs to judge, and to explain.
 */
export function parsePlain(table: OptionTable, args: readonly BytePath[]): Raw | undefined {
  const words = wordsOf(table);
  const values: Record<string, unknown[]> = {};
  const operands: BytePath[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '--') return { values, operands: [...operands, ...args.slice(i + 1)] };
    if (arg === '') return undefined;
    if (arg === '-' || !arg.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    const [name, option] = words.get(arg) ?? [];
    if (name === undefined || name === 'help') return undefined;
    if (option?.type === 'flag') {
      values[name] = [true];
      continue;
    }
    i += 1;
    const value = args[i] ?? '';
    if (value === '' || value.startsWith('-')) return undefined;
    values[name] = [...(values[name] ?? []), value];
  }
  return { values, operands };
}

function wordsOf(table: OptionTable): Map<string, [string, Option]> {
  const words = new Map<string, [string, Option]>();
  for (const [name, option] of Object.entries(table)) {
    words.set(`--${name}`, [name, option]);
    if (option.alias !== undefined) words.set(`-${option.alias}`, [name, option]);
  }
  return words;
}
