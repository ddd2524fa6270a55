import type { AnyCommand } from '../commands.ts';
import { type CompletedOption, type Kind, type Offer, type Subject, subjectOf } from './subject.ts';

const actions: Readonly<Record<Kind, string>> = {
  directory: '-d',
  file: '-f',
  group: '-g',
  host: '-A hostname',
  program: '-c',
};

/** A file for /usr/share/bash-completion/completions, named like the command; it needs nothing but bash. */
export function bashCompletion(command: AnyCommand): string {
  const subject = subjectOf(command);
  const self = `_${subject.name.replaceAll('-', '_')}`;
  return `# bash completion of ${subject.name}: generated from its table of options

${self}() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
    local before=" \${COMP_WORDS[*]:1:COMP_CWORD - 1} "
    # "=" is a word of its own.
    if [[ $current == "=" ]]; then
        current=
    elif [[ $previous == "=" ]]; then
        previous=\${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    if [[ $before != *" -- "* ]]; then
        case $previous in
${subject.options.flatMap(valueCase).join('\n')}
        esac
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '${optionWords(subject).join(' ')}' -- "$current")
            return
        fi
    fi
${operandLines(subject).join('\n')}
}
complete -F ${self} ${subject.name}
`;
}

function spellings({ long, short }: CompletedOption): string[] {
  return short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
}

function optionWords({ options }: Subject): string[] {
  return options.flatMap(spellings);
}

function valueCase(option: CompletedOption): string[] {
  if (option.value === undefined) return [];
  const lines = offerLines(option.value.offer).map((line) => `            ${line}`);
  return [`        ${spellings(option).join(' | ')})`, ...lines, '            return', '            ;;'];
}

function offerLines(offer: Offer): string[] {
  if (offer === undefined) return [];
  if (typeof offer !== 'string')
    return [`mapfile -t COMPREPLY < <(compgen -W '${offer.join(' ')}' -- "$current")`];
  const names = offer === 'file' || offer === 'directory' ? ['compopt -o filenames 2>/dev/null'] : [];
  return [...names, `mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen ${actions[offer]} -- "$current")`];
}

function operandLines({ words, operands, behindWord }: Subject): string[] {
  const plain = operands.flatMap(offerLines).map((line) => `    ${line}`);
  if (words.length === 0) return plain.length === 0 ? ['    return'] : plain;
  return [
    `    if [[ $before =~ ' '(${words.join('|')})' ' ]]; then`,
    ...(behindWord.length === 0 ? ['return'] : behindWord.flatMap(offerLines)).map(
      (line) => `        ${line}`,
    ),
    '    else',
    ...[...offerLines(words), ...operands.flatMap(offerLines)].map((line) => `        ${line}`),
    '    fi',
  ];
}
