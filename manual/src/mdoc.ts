/**
 * Text as the source of mdoc(7). A text line and a macro's argument need different care: both are made here, and nowhere
 * else is anything escaped.
 */

const glyphs: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-', // what is typed must be found and copied as it was typed
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
  '…': '...',
};

/** Characters that stand for themselves, whatever the formatter makes of them otherwise. */
export function literal(text: string): string {
  return text.replaceAll(/[\\\-'`^~"…]|[^ -~]/g, (c) => glyphs[c] ?? unicode(c));
}

function unicode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** One argument of a macro: no macro itself, and no delimiter. */
export function argument(text: string): string {
  const escaped = literal(text);
  if (text.includes(' ')) return `"${escaped}"`;
  return /^(?:%?[A-Z][A-Za-z]{1,2}|[|.,;:?!()[\]])$/.test(text) ? `\\&${escaped}` : escaped;
}

/** Lines that are shown as they are, in a display of their own. */
export function displayed(text: string): string {
  return `.Bd -literal -offset indent\n${text
    .split('\n')
    .map((line) => guarded(literal(line)))
    .join('\n')}\n.Ed`;
}

/**
 * A sentence as lines of source: options, file names, names of arguments (those in `names`) and what is in `backquotes`
 * are marked as such.
 */
export function prose(text: string, names: ReadonlySet<string> = new Set()): string {
  const lines: string[] = [];
  let plain: string[] = [];
  const flush = (): void => {
    if (plain.length > 0) lines.push(guarded(plain.join(' ')));
    plain = [];
  };
  for (const word of text.split(/ +(?=(?:[^`]*`[^`]*`)*[^`]*$)/)) {
    const marked = marking(word, names);
    if (marked === undefined) {
      plain.push(inText(word));
    } else {
      flush();
      lines.push(marked);
    }
  }
  flush();
  return lines.join('\n');
}

const punctuation = /^(\(?)(.*?)([.,:;)]*)$/s;

/** The macro line for a word that has one. */
function marking(word: string, names: ReadonlySet<string>): string | undefined {
  const [, open = '', core = '', close = ''] = punctuation.exec(word) ?? [];
  const line = (macro: string, shown: string): string =>
    ['.', macro, ...open, argument(shown), ...close].join(' ').replace('. ', '.');
  if (/^--?[A-Za-z0-9][a-z-]*$/.test(core)) return line('Fl', core.slice(1));
  if (/^`[^`]+`$/.test(core)) return line('Cm', core.slice(1, -1));
  if (/^\/[\w./-]*\w$/.test(core)) return line('Pa', core);
  if (names.has(core)) return line('Ar', core);
  return undefined;
}

/** A word in running text: a hyphen may stay one, and what begins a line must not look like a macro. */
function inText(word: string): string {
  return literal(word).replaceAll(/(?<=[a-z])\\-(?=[a-z])/g, '-');
}

function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** With a capital at its start and a full stop at its end. */
export function sentence(text: string): string {
  const word = /^[^ ]*/.exec(text)?.[0] ?? '';
  const start = /^[a-z]+[,:]?$/.test(word) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.:?]$/.test(start) ? start : `${start}.`;
}

/** Sentences, each on a line of its own at least; empty ones are left out. */
export function sentences(all: readonly string[], names?: ReadonlySet<string>): string {
  return all
    .filter((each) => each !== '')
    .map((each) => prose(each, names))
    .join('\n');
}
