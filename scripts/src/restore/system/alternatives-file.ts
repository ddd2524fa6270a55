/** A group of alternatives: update-alternatives(1), TERMINOLOGY. */
export interface Alternatives {
  readonly link: string;
  readonly slaves: readonly { readonly name: string; readonly link: string }[];
  readonly choices: readonly Choice[];
}

export interface Choice {
  readonly path: string;
  readonly priority: string;
  /** A path for each of the slaves, in their order; empty where this choice has none. */
  readonly slavePaths: readonly string[];
}

/**
 * Parses a file of /var/lib/dpkg/alternatives: the status, the link, a name and a link for each slave, an empty line; then
 * for each choice its path, its priority and a path for each slave; an empty line.
 */
export function parseAlternatives(text: string): Alternatives {
  const lines = text.split('\n');
  const end = lines.indexOf('', 2);
  const head = lines.slice(2, end);
  const slaves = head.flatMap((name, i) => (i % 2 === 0 ? [{ name, link: head[i + 1] ?? '' }] : []));
  const choices: Choice[] = [];
  for (let i = end + 1; end !== -1 && lines[i]; i += 2 + slaves.length) {
    const [path = '', priority = '', ...slavePaths] = lines.slice(i, i + 2 + slaves.length);
    choices.push({ path, priority, slavePaths });
  }
  return { link: lines[1] ?? '', slaves, choices };
}

/** The arguments with which update-alternatives registers a choice again. */
export function installArguments(name: string, group: Alternatives, choice: Choice): string[] {
  const slaves = group.slaves.flatMap((slave, i) => {
    const path = choice.slavePaths[i] ?? '';
    return path === '' ? [] : ['--slave', slave.link, slave.name, path];
  });
  return ['--install', group.link, name, choice.path, choice.priority, ...slaves];
}
