import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from 'test-kit';

/** A page as it was built. */
export interface Page {
  readonly file: string;
  readonly name: string;
  readonly section: string;
  readonly source: string;
}

const directory = join(top, 'manual/dist');

export const pages: readonly Page[] = readdirSync(join(directory, 'man')).flatMap((part) =>
  readdirSync(join(directory, 'man', part)).map((name) => {
    const file = join(directory, 'man', part, name);
    const section = part.replace('man', '');
    return { file, name: name.slice(0, -2), section, source: readFileSync(file, 'utf8') };
  }),
);

export function pageOf(name: string, section: string): Page {
  const page = pages.find((each) => each.name === name && each.section === section);
  if (page === undefined) throw new Error(`no page ${name}(${section})`);
  return page;
}

/** The file of a completion. */
export function completion(shell: 'bash' | 'fish' | 'zsh', name: string): string {
  const file = { bash: name, fish: `${name}.fish`, zsh: `_${name}` }[shell];
  return join(directory, 'completion', shell, file);
}

/** The names of all commands: what the packages of this workspace declare as theirs. */
export const declaredCommands: readonly string[] = ['scripts', ...packagesBelow()].flatMap((place) =>
  Object.keys(JSON.parse(readFileSync(join(top, place, 'package.json'), 'utf8')).bin ?? {}).filter(
    (name) => name !== 'bundle-command',
  ),
);

function packagesBelow(): string[] {
  return readdirSync(join(top, 'packages')).map((name) => join('packages', name));
}

/** A section of a page. */
export function sectionOf({ source }: Page, title: string): string {
  return new RegExp(`^\\.Sh ${title}\\n(.*?)(?=^\\.Sh |(?![^]))`, 'ms').exec(source)?.[1] ?? '';
}

/** Source as a reader sees it, for what has no macros in it. */
export function unescaped(text: string): string {
  const glyphs: Readonly<Record<string, string>> = {
    e: '\\',
    '-': '-',
    '(aq': "'",
    '(ga': '`',
    '(ha': '^',
    '(ti': '~',
    '(dq': '"',
    '&': '',
  };
  return text.replaceAll(/\\(\([a-z]{2}|.)/g, (all, name: string) => glyphs[name] ?? all);
}
