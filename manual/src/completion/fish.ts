import type { AnyCommand } from '../commands.ts';
import { type CompletedOption, type Kind, type Offer, type Subject, subjectOf } from './subject.ts';

const actions: Readonly<Record<Exclude<Kind, 'file'>, string>> = {
  directory: '(__fish_complete_directories)',
  group: '(__fish_complete_groups)',
  host: '(__fish_print_hostnames)',
  program: '(__fish_complete_command)',
};

/** A file for /usr/share/fish/vendor_completions.d, named after the command. */
export function fishCompletion(command: AnyCommand): string {
  const subject = subjectOf(command);
  const start = `complete -c ${subject.name}`;
  const lines = [...subject.options.map(optionArguments), ...operandArguments(subject)];
  return `# fish completion of ${subject.name}: generated from its table of options
${start} -f
${lines.map((line) => `${start} ${line}`).join('\n')}
`;
}

function optionArguments({ long, short, describe, value }: CompletedOption): string {
  const names = `${short === undefined ? '' : `-s ${short} `}-l ${long}`;
  const offer = value === undefined ? '' : ` -r${offerArguments(value.offer)}`;
  return `${names}${offer} -d ${quoted(describe)}`;
}

function offerArguments(offer: Offer): string {
  if (offer === undefined) return ' -f';
  if (offer === 'file') return ' -F';
  return ` -f -a ${quoted(typeof offer === 'string' ? actions[offer] : offer.join(' '))}`;
}

function operandArguments({ words, operands, behindWord }: Subject): string[] {
  const plain = operands.map((kind) => offerArguments(kind).trim());
  if (words.length === 0) return plain;
  const seen = `__fish_seen_subcommand_from ${words.join(' ')}`;
  return [
    `-n ${quoted(`not ${seen}`)}${offerArguments(words)}`,
    ...plain.map((line) => `-n ${quoted(`not ${seen}`)} ${line}`),
    ...behindWord.map((kind) => `-n ${quoted(seen)}${offerArguments(kind)}`),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
