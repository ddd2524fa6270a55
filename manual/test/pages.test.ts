import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, run, top } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { declaredCommands, pageOf, pages, sectionOf, unescaped } from './built.ts';

describe.each(pages)('$name($section)', (page) => {
  test('has nothing that mandoc or groff warns of', async () => {
    const lint = await run(['mandoc', '-T', 'lint', '-W', 'warning', page.file]);
    expect(lint.stdout.toString() + lint.stderr).toBe('');
    const groff = await run(['groff', '-mdoc', '-Tutf8', '-ww', '-z', page.file]);
    expect(groff.stderr).toBe('');
    const man = await run(['man', '--warnings', '-l', page.file], { env: { MANPAGER: 'cat', PAGER: 'cat' } });
    expect(man.stderr).toBe('');
    expect(man.code).toBe(0);
  });

  test('is called what its file is, and refers to pages that there are', () => {
    expect(page.source).toContain(`.Dt ${page.name.toUpperCase()} ${page.section}\n`);
    expect(page.source).toMatch(new RegExp(`^\\.Sh NAME\\n\\.Nm ${page.name}\\n\\.Nd .`, 'm'));
    expect(page.source).not.toContain('.\\" @');
    const ours = [...declaredCommands, ...pages.map(({ name }) => name)];
    for (const [, name = '', section = ''] of page.source.matchAll(/\bXr (\S+) (\d)/g))
      if (ours.includes(name)) expect(pageOf(name, section)).toBeDefined();
  });
});

/** The options that a text names, as they are given. */
function optionsIn(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])--?[A-Za-z0-9][a-z-]*/g))].sort();
}

const sections = declaredCommands.map((name) => ({ name, section: name.startsWith('hcoop-') ? '8' : '1' }));

describe.each(sections)('the page of $name', ({ name, section }) => {
  const page = pageOf(name, section);

  test('has the sections that a page has, in their order', () => {
    const titles = [...page.source.matchAll(/^\.Sh (.*)$/gm)].map(([, title]) => title);
    expect(titles.filter((title) => title !== 'CAVEATS')).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'OPTIONS',
      ...(page.source.includes('.Sh FILES') ? ['FILES'] : []),
      'EXIT STATUS',
      'EXAMPLES',
      'SEE ALSO',
    ]);
  });

  test('has the options that --help has, the synopsis, and no option that there is not', async () => {
    const help = (await run([builtCommand(name), '--help'])).stdout.toString();
    const items = [...sectionOf(page, 'OPTIONS').matchAll(/^\.It (.*)$/gm)].flatMap(([, item = '']) =>
      [...item.matchAll(/Fl (\S+)/g)].map(([, flag = '']) => unescaped(`-${flag}`)),
    );
    const [, listed = ''] = /^Options:\n((?: .*\n|\n)*)/m.exec(help) ?? [];
    const heads = listed.split('\n').flatMap((line) => /^ {2,6}(-.*?)(?: {2}|$)/.exec(line)?.[1] ?? []);
    expect(heads.length).toBeGreaterThan(4);
    expect(items.sort()).toEqual(optionsIn(heads.join('\n')));

    const forms = [...help.matchAll(/^usage: (.*(?:\n {2,}.*)*)/gm)].map(([, form = '']) => plain(form));
    const shown = await run(['mandoc', '-T', 'ascii', '-O', 'width=200', page.file]);
    const text = plain(withoutOverstrikes(shown.stdout.toString()));
    for (const form of forms) expect(text).toContain(form);

    const known = new Set([...items, '-c']); // what sshd calls a login shell with
    const own = sectionOf(page, 'DESCRIPTION').replaceAll(/^\.It Cm rsync.*$/gm, '');
    for (const [, flag = ''] of own.matchAll(/\bFl (?!\\-\s)(\S+)/g))
      if (!own.includes(`.Xr k5start 1\ngets with\n.Fl ${flag}`))
        expect(known).toContain(unescaped(`-${flag}`));
  });

  test('has the exit codes of INTERFACES.md', () => {
    const contract = readFileSync(join(top, 'docs/INTERFACES.md'), 'utf8');
    const status = sectionOf(page, 'EXIT STATUS');
    const rows = [...contract.matchAll(/^\| (\d[\d, ]*?) +\| (.*?) +\|$/gm)];
    expect(rows.length).toBe(6);
    for (const [, codes = '', text = ''] of rows)
      expect(status.toLowerCase()).toContain(`.it ${codes}\n${text.toLowerCase()}`);
  });
});

/** A character is made bold, or underlined, by printing over it. */
function withoutOverstrikes(text: string): string {
  return text
    .split('\b')
    .map((part, i, all) => (i + 1 < all.length ? part.slice(0, -1) : part))
    .join('');
}

/** Blanks and ellipses as they are in every form. */
function plain(text: string): string {
  return text.replaceAll('…', '...').replaceAll(/\s+/g, ' ').trim();
}

test('the configuration page has every key of --config-schema, with a description', async () => {
  const source = pageOf('hcoop-backup-config', '5').source;
  const schema = JSON.parse((await run([builtCommand('hcoop-backup'), '--config-schema'])).stdout.toString());
  const keys = leaves(schema);
  expect(keys.length).toBeGreaterThan(40);
  expect(keys.filter(({ description }) => description === undefined)).toEqual([]);
  for (const { table, name } of keys) {
    const title = table === '' ? 'Before any table' : `[${table}]`;
    const start = source.indexOf(`.Ss ${title}\n`);
    const end = source.indexOf('\n.S', start + 1);
    expect(start, title).toBeGreaterThan(0);
    expect(source.slice(start, end)).toMatch(new RegExp(`^\\.It Ic ${name} = Ar .+\\n.*\\w`, 'm'));
  }
});

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
}

/** By their tables: written once more here, without what the generator has. */
function leaves(node: Node, table = ''): { table: string; name: string; description?: string }[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const inside = table === '' ? name : `${table}.${name}`;
    if (child.properties) return leaves(child, inside);
    if (child.additionalProperties) return leaves(child.additionalProperties, `${inside}.NAME`);
    return [{ table, name, ...(child.description !== undefined && { description: child.description }) }];
  });
}

test('the overview names every command', () => {
  for (const { name, section } of sections)
    expect(pageOf('hcoop-backup', '7').source).toContain(`.It Xr ${name} ${section}\n`);
});
