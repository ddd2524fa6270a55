import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from 'test-kit';

/** A block of lines that the handbook sets apart: a command, as a reader would copy it, or a piece of a file. */
export interface Block {
  /** The page, without `.md`. */
  readonly page: string;
  readonly first: string;
  readonly text: string;
}

const directory = join(top, 'docs');

/** Reference, for whoever changes the program: its blocks are forms and formats, and tests of their own hold them to the code. */
const reference = ['ARCHITECTURE', 'INTERFACES'];

/** The pages of the handbook, by name. */
export const handbook: ReadonlyMap<string, string> = new Map(
  readdirSync(directory)
    .filter((name) => name.endsWith('.md') && !reference.includes(name.slice(0, -3)))
    .map((name) => [name.slice(0, -3), readFileSync(join(directory, name), 'utf8')]),
);

/** Its blocks in their order: paragraphs that are indented by four blanks or more. */
export const blocks: readonly Block[] = [...handbook].flatMap(([page, source]) =>
  source
    .split(/\n{2,}/)
    .filter((paragraph) => / {4}/y.test(paragraph))
    .map((paragraph) => {
      const text = withoutIndent(paragraph.trimEnd());
      return { page, text, first: text.split('\n')[0] ?? '' };
    }),
);

function withoutIndent(paragraph: string): string {
  const indent = /^ */.exec(paragraph)?.[0] ?? '';
  return paragraph
    .split('\n')
    .map((line) => line.replace(new RegExp(`^${indent}`), ''))
    .join('\n');
}
