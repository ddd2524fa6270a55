import type { AnyCommand } from './commands.ts';
import { argument } from './mdoc.ts';

/** `[`, `]`, `{`, `}`, `|`, `…`, `'quoted text'`, `(a remark)`, or a word. */
const tokens = /[[\]{}|…]|'[^']*'|\([^)]*\)|[^\s[\]{}|…()]+/g;

/** The forms of a synopsis as mdoc. */
export function synopsisSource({ synopsis }: AnyCommand): string {
  return synopsis.map((form) => `.Nm\n.${formSource(form)}`).join('\n');
}

function formSource(form: string): string {
  const words: string[] = [];
  for (const match of form.matchAll(tokens)) {
    const [token] = match;
    const apart = match.index === 0 || /[\s[{]/.test(form.charAt(match.index - 1)) || /[\]}]/.test(token);
    if (!apart) words.push('Ns');
    words.push(tokenSource(token, apart));
  }
  return words.join(' ');
}

const brackets: Readonly<Record<string, string>> = { '[': 'Oo', ']': 'Oc', '{': 'Bro', '}': 'Brc' };

function tokenSource(token: string, apart: boolean): string {
  const bracket = brackets[token];
  if (bracket !== undefined) return bracket;
  if (token === '|') return apart ? '|' : 'No \\&|';
  if (token === '…') return 'No ...';
  if (token.startsWith('(')) return `No ${argument(token)}`;
  if (token.startsWith('-')) return token === '-' ? 'Fl' : `Fl ${argument(token.slice(1))}`;
  return `${isArgument(token) ? 'Ar' : 'Cm'} ${argument(token)}`;
}

function isArgument(token: string): boolean {
  return /^(?:[A-Z][A-Z0-9_-]*$|')/.test(token);
}

/** The names that stand for arguments: in the synopsis, and in the options. */
export function argumentNames({ synopsis, options }: AnyCommand): ReadonlySet<string> {
  const inForms = synopsis.flatMap((form) => form.match(tokens) ?? []).filter(isArgument);
  const ofOptions = Object.values(options).flatMap((option) =>
    'value' in option ? option.value.split('|').filter(isArgument) : [],
  );
  return new Set([...inForms, ...ofOptions]);
}

/** The words that say what a command is to do, which a form of its synopsis begins with: one, or several of which one is given. */
export function wordsOf(form: string): readonly string[] {
  const first = /^[a-z][a-z-]*(?: ?\| ?[a-z][a-z-]*)*(?= |$)/;
  return first.exec(form)?.[0].split(/ ?\| ?/) ?? [];
}
