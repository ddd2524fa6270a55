import type { BytePath } from 'path-stream';

/**
 * Git's wildmatch (gitignore(5), "PATTERN FORMAT") as the source of a regular expression over bytes. `*` and
 * `?` and classes never match a slash; `**` does, where it stands between slashes or at an end. Returns
 * undefined for a pattern that can match nothing: an unclosed `[`, an unknown `[:class:]`, a `\` at the end.
 */
export function globToRegExp(glob: BytePath): string | undefined {
  const elements: string[] = [];
  let at = 0;
  while (at < glob.length) {
    const element = elementAt(glob, at);
    if (element === undefined) return undefined;
    elements.push(element.source);
    at = element.next;
  }
  return withoutBacktracking(elements);
}

interface Element {
  readonly source: string;
  readonly next: number;
}

const star = '[^/]*';

function elementAt(glob: BytePath, at: number): Element | undefined {
  const c = glob.charAt(at);
  if (c === '*') return starsAt(glob, at);
  if (c === '[') return classAt(glob, at);
  if (c === '?') return { source: '[^/]', next: at + 1 };
  if (c !== '\\') return { source: quote(c), next: at + 1 };
  return at + 1 === glob.length ? undefined : { source: quote(glob.charAt(at + 1)), next: at + 2 };
}

/**
 * Joins the elements so that a star which another one follows in the same component never tries a second place:
 * what stands between the two has a fixed length, and its first place leaves most to the rest. Otherwise a
 * name made for it could keep `*a*a*a*a*b` busy for hours. (The lookahead with its group stands for an atomic group.)
 */
function withoutBacktracking(elements: readonly string[]): string {
  let source = '';
  let groups = 0;
  for (let at = 0; at < elements.length; ) {
    let end = at + 1;
    while (
      end < elements.length &&
      elements[end] !== star &&
      !elements[end]?.includes('/)?') &&
      elements[end] !== '/'
    )
      end += 1;
    const chunk = elements.slice(at + 1, end).join('');
    if (elements[at] === star && elements[end] === star) {
      groups += 1;
      source += `(?=(${star}?${chunk}))\\${groups}`;
    } else source += `${elements[at]}${chunk}`;
    at = end;
  }
  return source;
}

/** Whether a glob is plain text: then it can be looked up, not matched. */
export function isLiteral(glob: BytePath): boolean {
  return !/[*?[\\]/.test(glob);
}

function quote(c: string): string {
  return /[\w/]/.test(c) ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function starsAt(glob: BytePath, at: number): Element {
  let next = at;
  while (glob.charAt(next) === '*') next += 1;
  const opens = at === 0 || glob.charAt(at - 1) === '/';
  const crosses = next - at >= 2 && opens && (next === glob.length || glob.charAt(next) === '/');
  if (!crosses) return { source: star, next };
  if (next === glob.length) return { source: '[^]*', next };
  return { source: '(?:[^]*/)?', next: next + 1 };
}

const named: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t-\\r',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/** The class that starts at `[`. A `]` first is a member; `\` quotes; a range that runs backwards is empty. */
function classAt(glob: BytePath, at: number): Element | undefined {
  let next = at + 1;
  const negated = glob.charAt(next) === '!' || glob.charAt(next) === '^';
  if (negated) next += 1;
  const first = next;
  let members = '';
  for (;;) {
    if (next >= glob.length) return undefined;
    if (glob.charAt(next) === ']' && next > first) break;
    if (glob.startsWith('[:', next)) {
      const posix = posixClassAt(glob, next);
      if (posix === 'unclosed') return undefined;
      if (posix !== undefined) {
        members += posix.members;
        next = posix.next;
        continue;
      }
    }
    const low = memberAt(glob, next);
    if (low === undefined) return undefined;
    next = low.next;
    const isRange = glob.charAt(next) === '-' && next + 1 < glob.length && glob.charAt(next + 1) !== ']';
    const high = isRange ? memberAt(glob, next + 1) : low;
    if (high === undefined) return undefined;
    members += hex(low.code); // git has compared it before it sees that a range follows
    if (high.code > low.code) members += `${hex(low.code)}-${hex(high.code)}`;
    next = high.next;
  }
  const source = negated ? `[^/${members}]` : members === '' ? '[]' : `(?!/)[${members}]`;
  return { source, next: next + 1 };
}

function posixClassAt(glob: BytePath, at: number) {
  const end = glob.indexOf(']', at + 2);
  if (end === -1) return 'unclosed';
  if (glob.charAt(end - 1) !== ':' || end - 1 < at + 2) return undefined; // not a class: `[` and `:` are members
  const members = named[glob.slice(at + 2, end - 1)];
  return members === undefined ? 'unclosed' : { members, next: end + 1 };
}

function memberAt(glob: BytePath, at: number): { code: number; next: number } | undefined {
  const escaped = glob.charAt(at) === '\\';
  const where = escaped ? at + 1 : at;
  return where < glob.length ? { code: glob.charCodeAt(where), next: where + 1 } : undefined;
}

function hex(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
