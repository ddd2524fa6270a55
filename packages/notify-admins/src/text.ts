import { closeSync, constants, openSync, readSync } from 'node:fs';
import { failure, reason } from 'command-line';
import { escapeText } from 'path-stream';

/** A file that goes into the mail; what is longer than the mail may be is not read. */
export interface Part {
  readonly text: string;
  readonly isCut: boolean;
}

/** Reads so much of a text file in UTF-8; bytes that are none become U+FFFD. Cut text ends with a whole line, where it has one. */
export function readPart(file: string, longest: number): Part {
  const bytes = readStart(file, longest + 1);
  const isCut = bytes.length > longest;
  const end = isCut ? bytes.lastIndexOf('\n', longest) + 1 || longest : bytes.length;
  return { text: bytes.subarray(0, end).toString('utf8'), isCut };
}

/** Text in which nothing acts, whatever it has been made from: lines and tabs stay, all other control characters are escaped. */
export function inert(text: string): string {
  const escapeLine = (line: string): string => line.split('\t').map(escapeText).join('\t');
  return text.split(/\r?\n/).map(escapeLine).join('\n');
}

function readStart(file: string, most: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY);
    const buffer = Buffer.alloc(most);
    let length = 0;
    for (let n = -1; n !== 0 && length < most; length += n)
      n = readSync(descriptor, buffer, length, most - length, null);
    return buffer.subarray(0, length);
  } catch (error) {
    throw failure(escapeText(file), reason(error));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
