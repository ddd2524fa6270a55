import type { ByteClass } from './class.ts';
import { letterOf, type Name } from './name.ts';

/** What stands for one byte of a name, or for any number of them: a byte, `?`, `*`, or a class. */
export type Step = number | ByteClass;

/** `?`; no byte has this number. */
export const anyByte = 256;
/** `*` */
export const star = 257;
const firstClass = 258;

/** A wildcard pattern for one name, that is, for what lies between two slashes. */
export interface Glob {
  /** Bytes, `anyByte`, `star`, and from `firstClass` on the classes. */
  readonly steps: Uint16Array;
  readonly classes: readonly ByteClass[];
  /** The name, where there is no wildcard. */
  readonly literal: string | undefined;
  /** Of the bytes that a name must have. */
  readonly letters: number;
}

export function compileGlob(steps: readonly Step[]): Glob {
  const classes = steps.filter((step) => typeof step !== 'number');
  const codes = steps.map((step) => (typeof step === 'number' ? step : firstClass + classes.indexOf(step)));
  const literal = codes.every(isByte) ? codes.map((code) => String.fromCharCode(code)).join('') : undefined;
  const letters = codes.filter(isByte).reduce((all, byte) => all | letterOf(byte), 0);
  return { steps: Uint16Array.from(codes), classes, literal, letters };
}

/** Whether a step is a byte that stands for itself. */
export function isByte(step: number | undefined): step is number {
  return step !== undefined && step < anyByte;
}

/**
 * Whether a glob matches the whole of a name. Only the last star ever tries another place: what an earlier one took is
 * the least it can take, which leaves most to the rest. So no name costs more than its length times that of the glob.
 */
export function matches(glob: Glob, { bytes, from, to }: Name): boolean {
  const { steps } = glob;
  let step = 0;
  let at = from;
  let afterStar = -1;
  let starEnd = 0;
  while (at < to) {
    const wanted = steps[step] as number;
    if (wanted === star) {
      step += 1;
      if (step === steps.length) return true;
      afterStar = step;
      starEnd = at = seek(steps[step] as number, bytes, at, to);
    } else if (step < steps.length && takes(glob, wanted, bytes[at] as number)) {
      step += 1;
      at += 1;
    } else if (afterStar === -1) {
      return false;
    } else {
      step = afterStar;
      starEnd = at = seek(steps[step] as number, bytes, starEnd + 1, to);
    }
  }
  while (steps[step] === star) step += 1;
  return step === steps.length;
}

/** The next place where a step can match: a byte that stands for itself is found faster than tried. */
function seek(step: number, bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  if (step < anyByte) while (at < to && bytes[at] !== step) at += 1;
  return at;
}

function takes({ classes }: Glob, step: number, byte: number): boolean {
  if (step < firstClass) return step === byte || step === anyByte;
  return classes[step - firstClass]?.[byte] === 1;
}
