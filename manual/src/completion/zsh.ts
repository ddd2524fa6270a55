import type { AnyCommand } from '../commands.ts';
import { type CompletedOption, type Kind, type Offer, type Subject, subjectOf } from './subject.ts';

const actions: Readonly<Record<Kind, string>> = {
  directory: '_files -/',
  file: '_files',
  group: '_groups',
  host: '_hosts',
  program: '_command_names -e',
};

/** A file for a directory of $fpath, named `_` and the command. */
export function zshCompletion(command: AnyCommand): string {
  const subject = subjectOf(command);
  const specifications = [...subject.options.map(optionSpecification), ...operandSpecifications(subject)];
  return `#compdef ${subject.name}
# generated from the table of options

_arguments -s -S \\
${specifications.map((each) => `    ${each}`).join(' \\\n')}
`;
}

function optionSpecification({ long, short, describe, many, value }: CompletedOption): string {
  const tail = value === undefined ? '' : `:${escaped(value.name)}:${action(value.offer)}`;
  const text = quoted(`[${escaped(describe)}]${tail}`);
  const name = value === undefined ? `--${long}` : `--${long}=`;
  // Of a short form, the value may follow at once: -RFILE.
  const both = short === undefined ? name : `{-${short}${value === undefined ? '' : '+'},${name}}`;
  const exclusion = short === undefined ? '' : quoted(`(-${short} --${long})`);
  return `${many ? quoted('*') : exclusion}${both}${text}`;
}

function operandSpecifications({ words, operands, behindWord }: Subject): string[] {
  const first = words.length === 0 ? [] : [quoted(`1:word:(${words.join(' ')})`)];
  const rest = words.length === 0 ? operands : behindWord;
  return [...first, quoted(`*:operand:${alternatives(rest)}`)];
}

function alternatives(kinds: readonly Kind[]): string {
  if (kinds.length < 2) return action(kinds[0]);
  const each = kinds.map((kind) => `"${kind}:${kind}:${actions[kind]}"`);
  return `_alternative ${each.join(' ')}`;
}

function action(offer: Offer): string {
  if (offer === undefined) return ' ';
  return typeof offer === 'string' ? actions[offer] : `(${offer.join(' ')})`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
