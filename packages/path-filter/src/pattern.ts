import type { BytePath } from 'path-stream';
import { classAt } from './class.ts';
import { anyByte, compileGlob, type Glob, type Step, star } from './glob.ts';

/** One name of a path as a pattern wants it. */
export interface Element {
  /** Whether any number of directories may come before it: `**` and a slash. */
  readonly deep: boolean;
  readonly glob: Glob;
}

/** A pattern: what it wants of the names of a path, one after the other. It matches by the last one. */
export type Pattern = readonly Element[];

/** The patterns that a glob stands for; those that can never match are left out. An anchored one comes without its first slash. */
export function parsePatterns(glob: BytePath, anchored: boolean): Pattern[] {
  if (glob.includes('\0')) return []; // no path has one
  return (anchored ? spellings(glob) : [`**/${glob}`]).flatMap((spelling) => {
    const pattern = parsePattern(spelling);
    return pattern === undefined ? [] : [pattern];
  });
}

/**
 * Git compares what comes before the first wildcard as plain text, and the rest as a pattern of its own. So stars at the
 * first wildcard cross directories even where no slash comes before them: `a**` + `/b` is `ab` as well, and `a*` with
 * a `b` anywhere below.
 */
function spellings(glob: BytePath): BytePath[] {
  const [, head = '', stars = '', rest = ''] = /^([^*?[\\]*)(\**)(.*)$/s.exec(glob) ?? [];
  const escaped = rest.startsWith('\\/');
  if (stars.length < 2 || head === '' || head.endsWith('/') || !/^(\\?\/|$)/.test(rest)) return [glob];
  const below = `${head}*/**${escaped ? rest.slice(1) : rest}`;
  if (escaped) return [below];
  if (rest === '') return [`${head}*`, below];
  const joined = `${head}${rest.slice(1)}`;
  return [...(rest.startsWith('/*') ? spellings(joined) : [joined]), below];
}

/** A pattern from its text; undefined where it wants an empty name, or a class that is none, or ends in a lone `\\`. */
function parsePattern(glob: BytePath): Pattern | undefined {
  const elements: Element[] = [];
  let deep = false;
  let steps: Step[] = [];
  for (let at = 0; at < glob.length; ) {
    const crossing = steps.length === 0 ? crossingAt(glob, at) : undefined;
    if (crossing !== undefined) {
      if (crossing.takesOne) elements.push({ deep, glob: compileGlob([star]) });
      deep = true;
      if (crossing.isLast) steps = [star];
      at = crossing.next;
    } else if (/^\\?\//.test(glob.slice(at, at + 2))) {
      if (steps.length === 0) return undefined;
      elements.push({ deep, glob: compileGlob(steps) });
      deep = false;
      steps = [];
      at = glob.indexOf('/', at) + 1;
    } else {
      const token = stepAt(glob, at);
      if (token === undefined) return undefined;
      steps.push(token.step);
      at = token.next;
    }
  }
  return steps.length === 0 ? undefined : [...elements, { deep, glob: compileGlob(steps) }];
}

interface Crossing {
  readonly next: number;
  readonly takesOne: boolean;
  readonly isLast: boolean;
}

/** The `**` between slashes or at an end. Before an escaped slash it takes one directory at least. */
function crossingAt(glob: BytePath, at: number): Crossing | undefined {
  const [all, , end] = /^(\*{2,})(\\?\/|$)/.exec(glob.slice(at)) ?? [];
  if (all === undefined) return undefined;
  return { next: at + all.length, takesOne: end === '\\/', isLast: end === '' };
}

function stepAt(glob: BytePath, at: number): { step: Step; next: number } | undefined {
  const c = glob.charAt(at);
  if (c === '*') return { step: star, next: at + glob.slice(at).search(/[^*]|$/) };
  if (c === '?') return { step: anyByte, next: at + 1 };
  if (c === '[') {
    const found = classAt(glob, at);
    return found && { step: found.members, next: found.next };
  }
  const where = c === '\\' ? at + 1 : at;
  return where < glob.length ? { step: glob.charCodeAt(where), next: where + 1 } : undefined;
}
