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

/** A pattern from its text; undefined where it wants an empty name, or a class that is none, or ends in a lone backslash. */
function parsePattern(glob: BytePath): Pattern | undefined {
  const elements: Element[] = [];
  let deep = false;
  for (let at = 0; at < glob.length; ) {
    const [stars, , end] = /^(\*{2,})(\\?\/|$)/.exec(glob.slice(at)) ?? [];
    if (stars === undefined) {
      const name = nameAt(glob, at);
      if (name === undefined) return undefined;
      elements.push({ deep, glob: compileGlob(name.steps) });
      deep = false;
      at = name.next;
    } else {
      // Before an escaped slash, and at the end, these stars take one name at least.
      if (end !== '/') elements.push({ deep: deep || end === '', glob: compileGlob([star]) });
      deep = end !== '';
      at += stars.length;
    }
  }
  return deep || elements.length === 0 ? undefined : elements;
}

/** The name up to the next slash, behind which there must be another one. */
function nameAt(glob: BytePath, at: number): { steps: Step[]; next: number } | undefined {
  const steps: Step[] = [];
  let next = at;
  while (next < glob.length) {
    const slash = /^\\?\//.exec(glob.slice(next, next + 2))?.[0].length ?? 0;
    next += slash;
    if (slash > 0) return steps.length === 0 || next === glob.length ? undefined : { steps, next };
    const token = stepAt(glob, next);
    if (token === undefined) return undefined;
    steps.push(token.step);
    next = token.next;
  }
  return { steps, next };
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
