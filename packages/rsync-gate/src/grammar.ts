import { isDate } from 'date-tree/reader';
import { optionFault } from './rsync-options.ts';

/** What a command line asks for, where it is one that may be asked. */
export type Request =
  | { readonly kind: 'backup' | 'status' | 'receipt' }
  | {
      readonly kind: 'pull';
      /** The client's options for `rsync --server --sender`, each of them allowed. */
      readonly options: readonly string[];
      readonly date: string;
      /** Whether the path ends in a slash: the contents of the directory, not the directory itself. */
      readonly contents: boolean;
    };

/** Either what is asked for, or why it is refused. */
export type Verdict = { readonly request: Request } | { readonly refused: string };

const longest = 4096;
const allowedCharacters = /^[A-Za-z0-9 ._,/=@:+-]*$/;
const words = ['backup', 'status', 'receipt'] as const;

/**
 * Judges a command line by its form alone, against a list of what is allowed:
 *
 *     backup | status | receipt
 *     rsync --server --sender OPTION… . ROOT/YYYY-MM-DD[/]
 *
 * ASCII words with one space between them; OPTION is one of rsync-options.ts. Nothing is unquoted, expanded or guessed:
 * what is not of this form is refused, whatever it may mean to a shell. `root` is an absolute path without a slash at
 * its end; whether the date is there is for the caller to see.
 */
export function judge(line: string, root: string): Verdict {
  if (line === '') return refused('no command: there is no shell here');
  if (line.length > longest) return refused(`longer than ${longest} bytes`);
  if (!allowedCharacters.test(line)) return refused('a character that no allowed command has');
  const [first = '', ...rest] = line.split(' ');
  if (first === '' || rest.includes('')) return refused('words are not separated by one space each');
  const word = words.find((known) => known === first);
  if (word !== undefined)
    return rest.length === 0 ? { request: { kind: word } } : refused(`${word} takes no arguments`);
  if (first.endsWith('/rsync')) return refused('rsync by a path of its own: pull without --rsync-path');
  if (first !== 'rsync') return refused('unknown command: backup, status, receipt and rsync are known');
  return judgeRsync(rest, root);
}

function judgeRsync([server, sender, ...rest]: readonly string[], root: string): Verdict {
  if (server !== '--server' || sender !== '--sender')
    return refused('not a pull: only rsync --server --sender is');
  const dot = rest.indexOf('.');
  const options = dot === -1 ? rest : rest.slice(0, dot);
  for (const option of options) {
    const fault = optionFault(option);
    if (fault !== undefined) return refused(fault);
  }
  if (options.filter((option) => option === '--append').length > 2)
    return refused('--append more than twice');
  const paths = dot === -1 ? [] : rest.slice(dot + 1);
  const [path = ''] = paths;
  if (paths.length !== 1) return refused('not exactly one path after the dot');
  const contents = path.endsWith('/');
  const directory = contents ? path.slice(0, -1) : path;
  const date = directory.slice(root.length + 1);
  if (directory !== `${root}/${date}` || !isDate(date))
    return refused(`not the path of a date: ${root}/YYYY-MM-DD is`);
  return { request: { kind: 'pull', options, date, contents } };
}

function refused(why: string): Verdict {
  return { refused: why };
}
