import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { completion, declaredCommands } from './built.ts';

/** What a shell offers for the last word of a command line, sorted; in a directory that has a file and a directory. */
type Complete = (line: string) => Promise<string[]>;

function place(): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'some dir'));
  writeFileSync(join(directory, 'some file'), '');
  return directory;
}

const commandOf = (line: string): string => line.split(' ')[0] ?? '';

async function offers(argv: readonly string[], cwd: string): Promise<string[]> {
  const ended = await run(argv, { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout.toString().split('\n').filter(Boolean);
}

function distinct(offered: readonly string[]): string[] {
  return [...new Set(offered.filter(Boolean))].sort();
}

/** As readline calls it: "=" divides words, and a blank at the end begins one. */
const inBash: Complete = async (line) => {
  const words = line.split(/ +|(?==)|(?<==)/);
  const script = `source "$1"; read -r _ _ function _ < <(complete -p "$2"); shift 2
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "$function"; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const name = commandOf(line);
  const argv = ['bash', '--norc', '-c', script, 'bash', completion('bash', name), name, ...words];
  return distinct(await offers(argv, place()));
};

const inZsh: Complete = async (line) => {
  const cwd = place();
  const directory = join(completion('zsh', commandOf(line)), '..');
  const results = join(cwd, '.results');
  await offers(['zsh', '-f', join(import.meta.dirname, 'complete.zsh'), directory, line, results], cwd);
  const [, ...offered] = readFileSync(results, 'utf8').split('\n');
  return distinct(offered.map((each) => each.replaceAll('\\ ', ' ')));
};

/** fish writes a description behind a tab, repeats what stands before "=", and quotes blanks. */
const inFish: Complete = async (line) => {
  const script = 'source $argv[1]; complete -C $argv[2]';
  const argv = ['fish', '--no-config', '-c', script, completion('fish', commandOf(line)), line];
  const offered = (await offers(argv, place())).map((each) => each.split('\t')[0] ?? '');
  return offered
    .map((each) =>
      each
        .replace(/^--[a-z-]+=/, '')
        .replaceAll('\\ ', ' ')
        .replace(/\/$/, ''),
    )
    .sort();
};

const shells: readonly [string, Complete][] = [
  ['bash', inBash],
  ['zsh', inZsh],
  ['fish', inFish],
];

describe.each(shells)('%s completes', (shell, complete) => {
  test('options', async () => {
    expect(await complete('hcoop-backup --sta')).toEqual(['--staging', '--state']);
    expect(await complete('encrypt-tar -R keys.txt --che')).toEqual(['--check']);
  });

  test('words that say what to do, then paths', async () => {
    expect(await complete('hcoop-backup re')).toEqual(['record-drill', 'release', 'report']);
    expect(await complete('hcoop-backup exp')).toEqual(['expect', 'explain']);
    expect(await complete('hcoop-backup explain some')).toEqual(['some dir', 'some file']);
    expect(await complete('rsync-gate st')).toEqual(['status']);
  });

  test('values: words, files, directories, programs, and nothing where nobody can know', async () => {
    expect(await complete('encrypt-tar --cipher ')).toEqual(['age', 'ccrypt', 'none']);
    expect(await complete('dpkg-orphans --verify=c')).toEqual(['ctime']);
    expect(await complete('encrypt-tar -R some')).toEqual(['some dir', 'some file']);
    expect(await complete('hcoop-backup --staging some')).toEqual(['some dir']);
    expect(await complete('hcoop-backup --staging=some')).toEqual(['some dir']);
    expect(await complete('encrypt-tar --move-over setpri')).toEqual(['setpriv']);
    expect(await complete('hcoop-backup --keep some')).toEqual([]);
  });

  test('operands: paths of any kind, or directories', async () => {
    expect(await complete('path-filter --exclude some some')).toEqual(['some dir', 'some file']);
    expect(await complete('path-filter -- some')).toEqual(['some dir', 'some file']);
    expect(await complete('hcoop-verify some')).toEqual(['some dir']);
  });

  test.each(declaredCommands)('every option of %s', async (name) => {
    const help = (await run([builtCommand(name), '--help'])).stdout.toString();
    const [, listed = ''] = /^Options:\n((?: .*\n|\n)*)/m.exec(help) ?? [];
    const options = [...listed.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option);
    expect(options.length).toBeGreaterThan(4);
    const offered = await complete(`${name} --`);
    expect(offered.filter((each) => each.startsWith('--') && each !== '--')).toEqual(options.sort());
  });

  test('nothing that the shell itself finds fault with', async () => {
    for (const name of declaredCommands)
      expect(await offers([shell, '-n', completion(shell as 'bash', name)], '/')).toEqual([]);
  });
});

test('bash-completion loads the file of a command by its name', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'bash-completion/completions'), { recursive: true });
  const name = 'hcoop-backup';
  const target = join(directory, 'bash-completion/completions', name);
  writeFileSync(target, readFileSync(completion('bash', name)));
  const script = `source /usr/share/bash-completion/bash_completion; _completion_loader ${name}; complete -p ${name}`;
  const ended = await run(['bash', '--norc', '-c', script], { env: { XDG_DATA_DIRS: directory } });
  expect(ended.stdout.toString()).toBe(`complete -F _hcoop_backup ${name}\n`);
});
